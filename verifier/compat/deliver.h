// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running handlers, and the default actions, as the kernel would have.
#ifndef MPKGATE_COMPAT_DELIVER_H
#define MPKGATE_COMPAT_DELIVER_H

#include "threads.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

// Does with one signal what its disposition says, in the calling thread, self. base: the mask that the
// handler's own is added to; after: the mask when it returns. True if a handler ran. Without the lock.
bool deliver(struct thread *self, siginfo_t *information, uint64_t base, uint64_t after);

// The same for all that is pending and not blocked by the thread's mask. after: the mask at the end.
bool deliver_pending(struct thread *self, uint64_t after);

// The default action of a signal that has one, here and now. Without the lock.
void act_by_default(int number);

#endif
