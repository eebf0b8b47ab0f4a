// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// sigaction and its older relatives.
#include "dispositions.h"

#include "compat.h"
#include "helper.h"
#include "kernel.h"
#include "mask.h"
#include "real.h"
#include "threads.h"

#include <errno.h>
#include <stddef.h>

static struct sigaction table[LAST_SIGNAL + 1];
static uint64_t ignored_at_start;
static uint64_t interrupting; // siginterrupt(.., 1): signal(3) leaves out SA_RESTART

enum default_action default_action(int number) {
    switch (number) {
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return ACTION_STOP;
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
        return ACTION_NOTHING;
    default:
        return ACTION_END;
    }
}

struct sigaction *disposition(int number) {
    return &table[number];
}

bool is_caught(const struct sigaction *action) {
    return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

bool is_ignored(int number, const struct sigaction *action) {
    return action->sa_handler == SIG_IGN ||
           (action->sa_handler == SIG_DFL && default_action(number) == ACTION_NOTHING);
}

bool is_ignored_by_kernel(int number) {
    return (ignored_at_start & signal_bit(number)) != 0;
}

void dispositions_start(uint64_t ignored) {
    ignored_at_start = ignored;
    for (int number = 1; number <= LAST_SIGNAL; number++) {
        if ((ignored & signal_bit(number)) != 0)
            table[number].sa_handler = SIG_IGN;
    }
}

static bool is_changeable(int number) {
    return number >= 1 && number <= LAST_SIGNAL &&
           ((unblockable_signals() | libc_signals()) & signal_bit(number)) == 0;
}

// A pending signal that becomes ignored is discarded, blocked or not.
static void discard(int number) {
    siginfo_t unused;
    struct timespec now = {0};
    while (kernel_take(signal_bit(number), &unused, &now) != 0)
        ;
    helper_discard(number);
}

static void change(int number, const struct sigaction *action) {
    table[number] = *action;
    uint64_t mask = set_of(&action->sa_mask) & ~(unblockable_signals() | libc_signals());
    set_to(&table[number].sa_mask, mask);
    if (is_ignored(number, action))
        discard(number);
    // What belongs to a handler may go once it is not the handler any more.
    helper_wait_for(signal_bit(number), NULL);
}

static int act_on(int number, const struct sigaction *action, struct sigaction *before) {
    bool is_query =
        action == NULL && number >= 1 && number <= LAST_SIGNAL && (libc_signals() & signal_bit(number)) == 0;
    if (!is_query && !is_changeable(number)) {
        errno = EINVAL;
        return -1;
    }
    pthread_mutex_lock(&lock);
    struct sigaction old = table[number];
    if (action != NULL)
        change(number, action);
    pthread_mutex_unlock(&lock);
    if (before != NULL)
        *before = old;
    return 0;
}

EXPORT int sigaction(int number, const struct sigaction *action, struct sigaction *before) {
    return is_sealed() ? act_on(number, action, before) : real()->sigaction(number, action, before);
}

// The names under which libc exports the same functions.
EXPORT int __sigaction(int, const struct sigaction *, struct sigaction *) __attribute__((alias("sigaction")));

static __sighandler_t set_handler(int number, __sighandler_t handler, int flags, uint64_t mask) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, before;
    set_to(&action.sa_mask, mask);
    if (handler == SIG_ERR) {
        errno = EINVAL;
        return SIG_ERR;
    }
    return act_on(number, &action, &before) == 0 ? before.sa_handler : SIG_ERR;
}

EXPORT __sighandler_t signal(int number, __sighandler_t handler) {
    if (!is_sealed())
        return real()->signal(number, handler);
    if (!is_changeable(number)) {
        errno = EINVAL;
        return SIG_ERR;
    }
    uint64_t bit = signal_bit(number);
    return set_handler(number, handler, (interrupting & bit) != 0 ? 0 : SA_RESTART, bit);
}

EXPORT __sighandler_t bsd_signal(int, __sighandler_t) __attribute__((alias("signal")));
EXPORT __sighandler_t ssignal(int, __sighandler_t) __attribute__((alias("signal")));

EXPORT __sighandler_t sysv_signal(int number, __sighandler_t handler) {
    if (!is_sealed())
        return real()->sysv_signal(number, handler);
    return set_handler(number, handler, (int)(SA_RESETHAND | SA_NODEFER), 0);
}

EXPORT __sighandler_t __sysv_signal(int, __sighandler_t) __attribute__((alias("sysv_signal")));

EXPORT int siginterrupt(int number, int interrupts) {
    if (!is_sealed())
        return real()->siginterrupt(number, interrupts);
    struct sigaction action;
    if (act_on(number, NULL, &action) != 0)
        return -1;
    if (interrupts) {
        interrupting |= signal_bit(number);
        action.sa_flags &= ~SA_RESTART;
    } else {
        interrupting &= ~signal_bit(number);
        action.sa_flags |= SA_RESTART;
    }
    return act_on(number, &action, NULL);
}

EXPORT __sighandler_t sigset(int number, __sighandler_t handler) {
    if (!is_sealed())
        return real()->sigset(number, handler);
    struct sigaction before;
    if (act_on(number, NULL, &before) != 0)
        return SIG_ERR;
    if (handler == SIG_HOLD)
        return (change_mask(SIG_BLOCK, signal_bit(number)) & signal_bit(number)) != 0 ? SIG_HOLD
                                                                                      : before.sa_handler;
    if (set_handler(number, handler, 0, 0) == SIG_ERR)
        return SIG_ERR;
    bool was_held = (change_mask(SIG_UNBLOCK, signal_bit(number)) & signal_bit(number)) != 0;
    return was_held ? SIG_HOLD : before.sa_handler;
}

EXPORT int sigignore(int number) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    return sigaction(number, &ignore, NULL);
}

EXPORT int sigaltstack(const stack_t *stack, stack_t *before) {
    if (!is_sealed())
        return real()->sigaltstack(stack, before);
    struct thread *self = thread_self();
    stack_t old = self->alternate_stack;
    if (stack != NULL) {
        bool is_off = (stack->ss_flags & SS_DISABLE) != 0;
        if ((stack->ss_flags & ~(SS_DISABLE | SS_ONSTACK | (int)(1u << 31))) != 0) {
            errno = EINVAL;
            return -1;
        }
        if (!is_off && stack->ss_size < (size_t)MINSIGSTKSZ) {
            errno = ENOMEM;
            return -1;
        }
        self->alternate_stack = is_off ? (stack_t){.ss_flags = SS_DISABLE} : *stack;
        self->alternate_stack.ss_flags &= ~SS_ONSTACK;
    }
    if (before != NULL)
        *before = old;
    return 0;
}
