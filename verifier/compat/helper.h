// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The thread that takes the process's signals while some thread has them unblocked, and gives them to a
// thread that waits or runs their handlers in another's place. Signals that everybody blocks stay in the
// kernel, where sigwait, signalfd and sigpending find them.
#ifndef MPKGATE_COMPAT_HELPER_H
#define MPKGATE_COMPAT_HELPER_H

#include "threads.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

// Starts the thread. Ends the process if that fails: without it only SIGKILL would end the program.
void helper_start(void);

// The rest: with the lock held.

// Tells the helper which signals to take, after a mask or the list of threads changed.
void update_wanted(void);

// Signals that were taken from the kernel when some thread had just blocked them.
bool helper_take_held(uint64_t set, siginfo_t *information);
uint64_t helper_held(void);
void helper_discard(int number);

// Waits until the helper runs no handler of the set, if the caller is not the helper itself. place: only
// handlers that it runs in this thread's place; NULL: any.
void helper_wait_for(uint64_t set, const struct thread *place);

// Gives a signal of the process to a thread that waits with it unblocked. False: there is none.
bool helper_give(const siginfo_t *information);

// To be called when the handlers that a thread runs have changed, the innermost first.
void helper_note(struct thread *self, const struct frame *frames);

// The thread is at its end.
void helper_forget(const struct thread *thread);

// The program reads this set from a signalfd: the kernel must have what is held of it.
void helper_add_signalfd(uint64_t set);

#endif
