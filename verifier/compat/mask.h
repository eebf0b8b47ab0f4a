// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The virtual mask of the calling thread.
#ifndef MPKGATE_COMPAT_MASK_H
#define MPKGATE_COMPAT_MASK_H

#include <stdint.h>

// how: SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK. Runs the handlers of what becomes deliverable, before it
// returns; waits for a handler that the helper runs in this thread's place and that is to be blocked. Returns
// the mask before.
uint64_t change_mask(int how, uint64_t set);

#endif
