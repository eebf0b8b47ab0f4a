// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals that were taken from the kernel and wait for somebody: one of each standard number, real-time ones
// in a queue, as in the kernel. The owner of the structure locks.
#ifndef MPKGATE_COMPAT_PENDING_H
#define MPKGATE_COMPAT_PENDING_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct pending_signal;

struct pending {
    uint64_t set; // the numbers that are there
    struct pending_signal *first;
};

// Adds it; a standard signal that is there already counts as added. False: no memory.
bool pending_add(struct pending *pending, const siginfo_t *information);

// Takes the first of the lowest number in the set. False: none there.
bool pending_take(struct pending *pending, uint64_t set, siginfo_t *information);

// Removes all of a number.
void pending_drop(struct pending *pending, int number);

#endif
