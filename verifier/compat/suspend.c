// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waits for time or a handler alone: sigsuspend, pause, sigpause, sleep and their relatives.
#include "compat.h"
#include "kernel.h"
#include "real.h"
#include "wait.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

static int suspend(uint64_t mask) {
    struct wait wait;
    for (wait_begin(&wait, mask, 0); !wait_is_over(&wait);)
        wait_sleep(&wait, NULL);
    wait_end(&wait);
    errno = EINTR;
    return -1;
}

EXPORT int sigsuspend(const sigset_t *mask) {
    return is_sealed() ? suspend(set_of(mask)) : real()->sigsuspend(mask);
}

EXPORT int __sigsuspend(const sigset_t *) __attribute__((alias("sigsuspend")));

EXPORT int pause(void) {
    return is_sealed() ? suspend(thread_self()->mask) : real()->pause();
}

EXPORT int __sigpause(int signal_or_mask, int is_signal);
EXPORT int __sigpause(int signal_or_mask, int is_signal) {
    if (!is_sealed())
        return real()->__sigpause(signal_or_mask, is_signal);
    if (!is_signal)
        return suspend((uint32_t)signal_or_mask);
    if (signal_or_mask < 1 || signal_or_mask > LAST_SIGNAL) {
        errno = EINVAL;
        return -1;
    }
    return suspend(thread_self()->mask & ~signal_bit(signal_or_mask));
}

// BSD's, with a mask, by this name; System V's, with a signal, by the other: see <signal.h>.
#undef sigpause
EXPORT int bsd_sigpause(int mask) __asm__("sigpause");
EXPORT int bsd_sigpause(int mask) {
    return __sigpause(mask, 0);
}

EXPORT int xpg_sigpause(int number) __asm__("__xpg_sigpause");
EXPORT int xpg_sigpause(int number) {
    return __sigpause(number, 1);
}

// Returns 0, or EINTR with what is left. A signal that is ignored does not cut it short.
static int sleep_for(const struct timespec *time, struct timespec *rest) {
    struct deadline deadline = deadline_after(time);
    struct wait wait;
    for (wait_begin(&wait, thread_self()->mask, 0); !wait_is_over(&wait);) {
        const struct timespec *left = deadline_rest(&deadline, rest);
        if (left != NULL && is_zero(left))
            break;
        wait_sleep(&wait, left);
    }
    wait_end(&wait);
    if (!wait.is_interrupted)
        return 0;
    if (deadline_rest(&deadline, rest) == NULL)
        *rest = *time;
    return EINTR;
}

static int sleep_and_say(const struct timespec *time, struct timespec *left) {
    struct timespec rest;
    int error = sleep_for(time, &rest);
    if (error != 0 && left != NULL)
        *left = rest;
    return error;
}

EXPORT int nanosleep(const struct timespec *time, struct timespec *left) {
    if (!is_sealed() || !is_valid_time(time))
        return real()->nanosleep(time, left);
    errno = sleep_and_say(time, left);
    return errno == 0 ? 0 : -1;
}

static void until(clockid_t clock, const struct timespec *time, struct timespec *span) {
    struct timespec now;
    clock_gettime(clock, &now);
    struct deadline deadline = {.is_set = true, .at = *time};
    span->tv_sec = deadline.at.tv_sec - now.tv_sec;
    span->tv_nsec = deadline.at.tv_nsec - now.tv_nsec;
    if (span->tv_nsec < 0) {
        span->tv_sec--;
        span->tv_nsec += 1000000000;
    }
    if (span->tv_sec < 0)
        *span = (struct timespec){0};
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
    bool is_known = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME;
    if (!is_sealed() || !is_known || !is_valid_time(time))
        return real()->clock_nanosleep(clock, flags, time, left);
    if ((flags & TIMER_ABSTIME) == 0)
        return sleep_and_say(time, left);
    struct timespec span;
    until(clock, time, &span);
    return sleep_and_say(&span, NULL);
}

EXPORT unsigned sleep(unsigned seconds) {
    if (!is_sealed())
        return real()->sleep(seconds);
    struct timespec time = {.tv_sec = seconds}, rest;
    return sleep_for(&time, &rest) == 0 ? 0 : (unsigned)rest.tv_sec;
}

EXPORT int usleep(useconds_t microseconds) {
    struct timespec time = {.tv_sec = microseconds / 1000000,
                            .tv_nsec = (long)(microseconds % 1000000) * 1000};
    return is_sealed() ? nanosleep(&time, NULL) : real()->usleep(microseconds);
}
