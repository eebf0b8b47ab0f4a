// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the program wants done with each signal. The kernel knows nothing of it.
#ifndef MPKGATE_COMPAT_DISPOSITIONS_H
#define MPKGATE_COMPAT_DISPOSITIONS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

enum default_action { ACTION_END, ACTION_STOP, ACTION_NOTHING };

// What the kernel does by default.
enum default_action default_action(int number);

// With the lock held (threads.h): the disposition of a signal from 1 to 64; it may be changed.
struct sigaction *disposition(int number);

// Whether there is a function to be called.
bool is_caught(const struct sigaction *action);

// Whether nothing is to happen: ignored, or ignored by default.
bool is_ignored(int number, const struct sigaction *action);

// The signals that were ignored when the program started.
void dispositions_start(uint64_t ignored);

// Whether the kernel still ignores it: it was ignored at the start, and nobody can tell the kernel otherwise.
bool is_ignored_by_kernel(int number);

#endif
