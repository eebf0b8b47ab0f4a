// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See mask.h. pthread_sigmask, sigprocmask and their older relatives.
#include "mask.h"

#include "compat.h"
#include "deliver.h"
#include "helper.h"
#include "kernel.h"
#include "real.h"
#include "threads.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

uint64_t change_mask(int how, uint64_t set) {
    struct thread *self = thread_self();
    set &= ~(unblockable_signals() | libc_signals());
    pthread_mutex_lock(&lock);
    uint64_t before = self->mask;
    if (how == SIG_BLOCK)
        self->mask |= set;
    else if (how == SIG_UNBLOCK)
        self->mask &= ~set;
    else
        self->mask = set;
    uint64_t after = self->mask;
    if (after != before)
        update_wanted();
    helper_wait_for(after & ~before, self);
    pthread_mutex_unlock(&lock);
    if ((before & ~after) != 0)
        deliver_pending(self, after);
    return before;
}

static int change(int how, const sigset_t *set, sigset_t *before) {
    uint64_t old = thread_self()->mask;
    if (set != NULL) {
        if (how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK)
            return EINVAL;
        change_mask(how, set_of(set));
    }
    if (before != NULL)
        set_to(before, old & ~libc_signals());
    return 0;
}

EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *before) {
    return is_sealed() ? change(how, set, before) : real()->pthread_sigmask(how, set, before);
}

EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *before) {
    if (!is_sealed())
        return real()->sigprocmask(how, set, before);
    int error = change(how, set, before);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

// BSD: the first 32 signals in an int. All go through the functions above, sealed or not.
EXPORT int sigblock(int mask) {
    sigset_t set = {0}, before;
    set_to(&set, (uint32_t)mask);
    return sigprocmask(SIG_BLOCK, &set, &before) == 0 ? (int)set_of(&before) : -1;
}

EXPORT int sigsetmask(int mask) {
    sigset_t set = {0}, before;
    set_to(&set, (uint32_t)mask);
    return sigprocmask(SIG_SETMASK, &set, &before) == 0 ? (int)set_of(&before) : -1;
}

EXPORT int siggetmask(void) {
    return sigblock(0);
}

// System V.
static int change_one(int how, int number) {
    sigset_t set = {0};
    if (number < 1 || number > LAST_SIGNAL) {
        errno = EINVAL;
        return -1;
    }
    set_to(&set, signal_bit(number));
    return sigprocmask(how, &set, NULL);
}

EXPORT int sighold(int number) {
    return change_one(SIG_BLOCK, number);
}

EXPORT int sigrelse(int number) {
    return change_one(SIG_UNBLOCK, number);
}

// A thread that starts with an open mask would be open in the kernel. So the kernel's part of the attributes
// says "all blocked", and the program's is kept here, by address.
struct attributes {
    struct attributes *next;
    const pthread_attr_t *address;
    uint64_t mask;
};

static struct attributes *known;

static struct attributes **find_attributes(const pthread_attr_t *attributes) {
    struct attributes **at = &known;
    while (*at != NULL && (*at)->address != attributes)
        at = &(*at)->next;
    return at;
}

static int keep(const pthread_attr_t *attributes, uint64_t mask) {
    struct attributes **at = find_attributes(attributes);
    if (*at == NULL) {
        *at = calloc(1, sizeof(**at));
        if (*at == NULL)
            return ENOMEM;
        (*at)->address = attributes;
    }
    (*at)->mask = mask;
    return 0;
}

static void drop(const pthread_attr_t *attributes) {
    struct attributes **at = find_attributes(attributes), *found = *at;
    if (found != NULL) {
        *at = found->next;
        free(found);
    }
}

EXPORT int pthread_attr_setsigmask_np(pthread_attr_t *attributes, const sigset_t *mask) {
    if (!is_sealed() || mask == NULL)
        return real()->pthread_attr_setsigmask_np(attributes, mask);
    sigset_t full;
    set_to(&full, EVERY_SIGNAL);
    pthread_mutex_lock(&lock);
    int error = keep(attributes, set_of(mask) & ~(unblockable_signals() | libc_signals()));
    pthread_mutex_unlock(&lock);
    return error != 0 ? error : real()->pthread_attr_setsigmask_np(attributes, &full);
}

// Whether there is a mask at all, libc knows: an attributes object may be gone and another in its place.
static bool has_mask(const pthread_attr_t *attributes) {
    sigset_t mask;
    return real()->pthread_attr_getsigmask_np(attributes, &mask) == 0;
}

void attributes_mask(const pthread_attr_t *attributes, uint64_t *mask) {
    if (attributes == NULL)
        return;
    pthread_mutex_lock(&lock);
    if (has_mask(attributes)) {
        struct attributes **at = find_attributes(attributes);
        if (*at != NULL)
            *mask = (*at)->mask;
    } else {
        drop(attributes);
    }
    pthread_mutex_unlock(&lock);
}

EXPORT int pthread_attr_getsigmask_np(const pthread_attr_t *attributes, sigset_t *mask) {
    int status = real()->pthread_attr_getsigmask_np(attributes, mask);
    uint64_t bits;
    if (!is_sealed() || status != 0)
        return status;
    bits = set_of(mask);
    attributes_mask(attributes, &bits);
    set_to(mask, bits);
    return 0;
}
