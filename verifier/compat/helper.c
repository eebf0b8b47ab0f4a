// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See helper.h.
#include "helper.h"

#include "compat.h"
#include "deliver.h"
#include "dispositions.h"
#include "kernel.h"
#include "real.h"
#include "say.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static struct thread *helper;
static atomic_uint_least64_t wanted = EVERY_SIGNAL;
static struct pending held;
static uint64_t signalfd_set;

// A handler that runs here, in whose place, and what that thread blocked before.
static struct thread *place;
static uint64_t place_mask;
static uint64_t running;
static pthread_cond_t handler_ended = PTHREAD_COND_INITIALIZER;

void update_wanted(void) {
    uint64_t blocked = EVERY_SIGNAL;
    for (const struct thread *thread = thread_list(); thread != NULL; thread = thread->next)
        blocked &= thread->mask | thread->borrowed;
    if (atomic_exchange(&wanted, ~blocked) != ~blocked && helper != NULL)
        thread_kick(helper);
}

bool helper_take_held(uint64_t set, siginfo_t *information) {
    return pending_take(&held, set, information);
}

uint64_t helper_held(void) {
    return held.set;
}

void helper_discard(int number) {
    pending_drop(&held, number);
}

void helper_add_signalfd(uint64_t set) {
    signalfd_set |= set;
}

void helper_wait_for(uint64_t set, const struct thread *thread) {
    while ((running & set) != 0 && thread_self() != helper && (thread == NULL || thread == place))
        pthread_cond_wait(&handler_ended, &lock);
}

void helper_note(struct thread *self, const struct frame *frames) {
    if (self != helper)
        return;
    uint64_t before = running;
    running = 0;
    for (const struct frame *frame = frames; frame != NULL; frame = frame->previous)
        running |= signal_bit(frame->number);
    if (place != NULL)
        place->borrowed = running != 0 ? self->mask & ~place_mask : 0;
    if ((before & ~running) != 0)
        pthread_cond_broadcast(&handler_ended);
}

void helper_forget(const struct thread *thread) {
    if (place == thread)
        place = NULL;
}

// The kernel prefers the main thread; one that waits can be interrupted as it expects.
static struct thread *choose(int number) {
    struct thread *best = NULL;
    int best_rank = -1;
    for (struct thread *thread = thread_list(); thread != NULL; thread = thread->next) {
        int rank = (thread->is_waiting ? 2 : 0) + (thread->is_main ? 1 : 0);
        if ((thread_blocks(thread) & signal_bit(number)) == 0 && rank > best_rank) {
            best = thread;
            best_rank = rank;
        }
    }
    return best;
}

// Everybody blocked it a moment ago. A signalfd can only see it in the kernel.
static void hold(const siginfo_t *information) {
    if ((signalfd_set & signal_bit(information->si_signo)) == 0 && pending_add(&held, information))
        return;
    real()->kill(getpid(), information->si_signo);
}

static bool give(struct thread *thread, const siginfo_t *information) {
    if (!thread->is_waiting || !is_caught(disposition(information->si_signo)) ||
        !pending_add(&thread->assigned, information))
        return false;
    thread_kick(thread);
    return true;
}

bool helper_give(const siginfo_t *information) {
    struct thread *thread = choose(information->si_signo);
    return thread != NULL && give(thread, information);
}

static void end_of_handler(bool is_handled) {
    pthread_mutex_lock(&lock);
    struct thread *thread = place;
    place = NULL;
    running = 0;
    helper->mask = EVERY_SIGNAL;
    pthread_cond_broadcast(&handler_ended);
    if (thread != NULL && is_handled && thread->is_waiting) {
        thread->is_interrupted = true;
        thread_kick(thread);
    }
    pthread_mutex_unlock(&lock);
}

// Unlocks.
static void run_in_place_of(struct thread *thread, siginfo_t *information) {
    place = thread;
    place_mask = thread->mask;
    running = signal_bit(information->si_signo);
    helper->mask = place_mask;
    pthread_mutex_unlock(&lock);
    end_of_handler(deliver(helper, information, place_mask, place_mask));
}

static void dispatch(siginfo_t *information) {
    pthread_mutex_lock(&lock);
    struct thread *thread = choose(information->si_signo);
    if (thread == NULL)
        hold(information);
    else if (!give(thread, information)) {
        run_in_place_of(thread, information);
        return;
    }
    pthread_mutex_unlock(&lock);
}

static void *run(void *unused) {
    (void)unused;
    kernel_mask(SIG_BLOCK, EVERY_SIGNAL); // libc leaves out SIGCANCEL
    pthread_mutex_lock(&lock);
    thread_become_helper();
    helper = thread_self();
    pthread_mutex_unlock(&lock);
    for (;;) {
        siginfo_t information;
        uint64_t set = atomic_load(&wanted) | signal_bit(KICK);
        if (kernel_take(set, &information, NULL) != 0 && !is_kick(&information))
            dispatch(&information);
    }
}

void helper_start(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    helper = NULL;
    place = NULL;
    running = 0;
    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) != 0 ||
        real()->pthread_create(&thread, &attributes, run, NULL) != 0) {
        compat_say("cannot start the thread that waits for signals", NULL);
        _exit(COMPAT_FAILED);
    }
    pthread_attr_destroy(&attributes);
    kernel_mask(SIG_BLOCK, EVERY_SIGNAL); // with the first thread, libc unblocks its own two signals
}
