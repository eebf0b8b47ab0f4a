// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See pending.h.
#include "pending.h"

#include "kernel.h"

#include <stdlib.h>

struct pending_signal {
    struct pending_signal *next;
    siginfo_t information;
};

bool pending_add(struct pending *pending, const siginfo_t *information) {
    uint64_t bit = signal_bit(information->si_signo);
    if ((pending->set & bit) != 0 && information->si_signo < FIRST_LIBC_SIGNAL)
        return true;
    struct pending_signal *added = malloc(sizeof(*added));
    if (added == NULL)
        return false;
    added->next = NULL;
    added->information = *information;
    struct pending_signal **end = &pending->first;
    while (*end != NULL && (*end)->information.si_signo <= information->si_signo)
        end = &(*end)->next;
    added->next = *end;
    *end = added;
    pending->set |= bit;
    return true;
}

static void count_again(struct pending *pending) {
    pending->set = 0;
    for (const struct pending_signal *signal = pending->first; signal != NULL; signal = signal->next)
        pending->set |= signal_bit(signal->information.si_signo);
}

bool pending_take(struct pending *pending, uint64_t set, siginfo_t *information) {
    if ((pending->set & set) == 0)
        return false;
    struct pending_signal **at = &pending->first;
    while ((signal_bit((*at)->information.si_signo) & set) == 0)
        at = &(*at)->next;
    struct pending_signal *taken = *at;
    *information = taken->information;
    *at = taken->next;
    free(taken);
    count_again(pending);
    return true;
}

void pending_drop(struct pending *pending, int number) {
    siginfo_t unused;
    while (pending_take(pending, signal_bit(number), &unused))
        ;
}
