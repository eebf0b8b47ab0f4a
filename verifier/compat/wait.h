// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A system call that waits and that a handler can interrupt: what all interposed waits have in common.
//
//     struct wait wait;
//     for (wait_begin(&wait, mask, accepted); !wait_is_over(&wait);)
//         wait for wait_set(&wait), take a signal, wait_take() it
//     wait_end(&wait);
//
// Cancellation point: wait_begin and wait_is_over may end the thread.
#ifndef MPKGATE_COMPAT_WAIT_H
#define MPKGATE_COMPAT_WAIT_H

#include "threads.h"

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct wait {
    struct thread *self;
    uint64_t mask;         // in force during the wait
    uint64_t accepted;     // signals that end the wait as its result (sigwait)
    bool is_interrupted;   // a handler ran: EINTR
    bool has_signal;       // an accepted one came
    siginfo_t information; // then, which
};

void wait_begin(struct wait *wait, uint64_t mask, uint64_t accepted);

// Looks at what came by way of the other threads. True if a handler ran or an accepted signal came.
bool wait_is_over(struct wait *wait);

// The signals to wait for, kicks included.
uint64_t wait_set(const struct wait *wait);

// To be called with a signal of this set that was taken from the kernel.
void wait_take(struct wait *wait, siginfo_t *information);

// Waits for a signal and takes it, or until the timeout (NULL: for ever).
void wait_sleep(struct wait *wait, const struct timespec *timeout);

void wait_end(struct wait *wait);

// Points in time, on CLOCK_MONOTONIC. A timeout that is NULL never comes.
struct deadline {
    bool is_set;
    struct timespec at;
};

// Whether it is a time span that the kernel takes.
bool is_valid_time(const struct timespec *time);

struct deadline deadline_after(const struct timespec *timeout);

// What is left; NULL if there is no deadline, else rest, zero when it has passed.
const struct timespec *deadline_rest(const struct deadline *deadline, struct timespec *rest);

bool is_zero(const struct timespec *time);

#endif
