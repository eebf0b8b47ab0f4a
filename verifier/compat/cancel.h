// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Deferred cancellation without libc's signal handler.
#ifndef MPKGATE_COMPAT_CANCEL_H
#define MPKGATE_COMPAT_CANCEL_H

#include "threads.h"

// Ends the calling thread, self, if it was cancelled and lets itself be. Without the lock.
void cancel_if_asked(struct thread *self);

#endif
