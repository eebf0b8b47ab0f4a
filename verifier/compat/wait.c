// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See wait.h.
#include "wait.h"

#include "cancel.h"
#include "deliver.h"
#include "helper.h"
#include "kernel.h"

#include <stddef.h>

enum { NANOSECONDS = 1000000000 };

void wait_begin(struct wait *wait, uint64_t mask, uint64_t accepted) {
    struct thread *self = thread_self();
    cancel_if_asked(self);
    mask &= ~(unblockable_signals() | libc_signals());
    *wait = (struct wait){.self = self, .mask = mask, .accepted = accepted & ~libc_signals()};
    pthread_mutex_lock(&lock);
    self->wait_mask = mask;
    self->is_waiting = true;
    self->is_interrupted = false;
    pthread_mutex_unlock(&lock);
}

static void stop_waiting(struct thread *self) {
    pthread_mutex_lock(&lock);
    self->is_waiting = false;
    pthread_mutex_unlock(&lock);
}

// The wait's mask holds for the handler, the thread's own is back when it returns. An ignored signal
// interrupts nothing.
void wait_take(struct wait *wait, siginfo_t *information) {
    struct thread *self = wait->self;
    if (is_kick(information))
        return;
    if ((wait->accepted & signal_bit(information->si_signo)) != 0) {
        wait->has_signal = true;
        wait->information = *information;
        return;
    }
    stop_waiting(self);
    if (deliver(self, information, wait->mask, self->mask)) {
        wait->is_interrupted = true;
        return;
    }
    pthread_mutex_lock(&lock);
    self->is_waiting = true;
    pthread_mutex_unlock(&lock);
}

static bool take_given(struct wait *wait, siginfo_t *information) {
    return pending_take(&wait->self->assigned, EVERY_SIGNAL, information) ||
           helper_take_held(wait->accepted | ~thread_blocks(wait->self), information);
}

bool wait_is_over(struct wait *wait) {
    struct thread *self = wait->self;
    siginfo_t information;
    if (wait->is_interrupted || wait->has_signal)
        return true;
    pthread_mutex_lock(&lock);
    bool is_given = take_given(wait, &information);
    wait->is_interrupted = self->is_interrupted;
    self->is_interrupted = false;
    bool is_cancelled = self->is_cancelled && self->cancel_state == PTHREAD_CANCEL_ENABLE;
    pthread_mutex_unlock(&lock);
    if (is_given) {
        bool was_interrupted = wait->is_interrupted;
        wait_take(wait, &information);
        wait->is_interrupted |= was_interrupted;
    }
    if (is_cancelled) {
        wait_end(wait);
        cancel_if_asked(self);
    }
    return wait->is_interrupted || wait->has_signal;
}

uint64_t wait_set(const struct wait *wait) {
    pthread_mutex_lock(&lock);
    uint64_t blocked = thread_blocks(wait->self);
    pthread_mutex_unlock(&lock);
    return (~blocked & ~signal_bit(FIRST_LIBC_SIGNAL)) | wait->accepted | signal_bit(KICK);
}

void wait_sleep(struct wait *wait, const struct timespec *timeout) {
    siginfo_t information;
    if (kernel_take(wait_set(wait), &information, timeout) != 0)
        wait_take(wait, &information);
}

// What was given to the thread while it waited is its own now, whatever ended the wait.
void wait_end(struct wait *wait) {
    struct thread *self = wait->self;
    siginfo_t information;
    bool is_given;
    do {
        pthread_mutex_lock(&lock);
        self->is_waiting = false;
        self->is_interrupted = false;
        is_given = pending_take(&self->assigned, EVERY_SIGNAL, &information) ||
                   helper_take_held(~(self->mask | self->borrowed), &information);
        pthread_mutex_unlock(&lock);
        if (is_given)
            wait->is_interrupted |= deliver(self, &information, self->mask, self->mask);
    } while (is_given);
    if (wait->is_interrupted) // what came while the handler blocked it
        deliver_pending(self, self->mask);
}

bool is_valid_time(const struct timespec *time) {
    return time->tv_sec >= 0 && time->tv_nsec >= 0 && time->tv_nsec < NANOSECONDS;
}

bool is_zero(const struct timespec *time) {
    return time->tv_sec == 0 && time->tv_nsec == 0;
}

struct deadline deadline_after(const struct timespec *timeout) {
    struct deadline deadline = {.is_set = timeout != NULL};
    if (timeout == NULL)
        return deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline.at);
    deadline.at.tv_nsec += timeout->tv_nsec;
    time_t carry = deadline.at.tv_nsec >= NANOSECONDS ? 1 : 0;
    deadline.at.tv_nsec -= carry * NANOSECONDS;
    if (__builtin_add_overflow(deadline.at.tv_sec, timeout->tv_sec + carry, &deadline.at.tv_sec))
        deadline.is_set = false;
    return deadline;
}

const struct timespec *deadline_rest(const struct deadline *deadline, struct timespec *rest) {
    if (!deadline->is_set)
        return NULL;
    clock_gettime(CLOCK_MONOTONIC, rest);
    rest->tv_sec = deadline->at.tv_sec - rest->tv_sec;
    rest->tv_nsec = deadline->at.tv_nsec - rest->tv_nsec;
    if (rest->tv_nsec < 0) {
        rest->tv_sec--;
        rest->tv_nsec += NANOSECONDS;
    }
    if (rest->tv_sec < 0)
        *rest = (struct timespec){0};
    return rest;
}
