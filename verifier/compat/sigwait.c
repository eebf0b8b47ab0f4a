// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals without handlers: sigwait, sigtimedwait, sigwaitinfo, sigpending, signalfd. What everybody blocks
// is pending in the kernel, which does all the work.
#include "compat.h"
#include "helper.h"
#include "kernel.h"
#include "real.h"
#include "wait.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>

// Returns the signal, or -1 with errno: EINTR or EAGAIN.
static int wait_for(uint64_t set, siginfo_t *information, const struct timespec *timeout) {
    struct deadline deadline = deadline_after(timeout);
    bool is_last = false;
    struct wait wait;
    for (wait_begin(&wait, thread_self()->mask, set); !wait_is_over(&wait) && !is_last;) {
        struct timespec rest;
        const struct timespec *left = deadline_rest(&deadline, &rest);
        is_last = left != NULL && is_zero(left);
        wait_sleep(&wait, left);
    }
    wait_end(&wait);
    if (!wait.has_signal) {
        errno = wait.is_interrupted ? EINTR : EAGAIN;
        return -1;
    }
    if (wait.information.si_code == SI_TKILL) // as libc
        wait.information.si_code = SI_USER;
    if (information != NULL)
        *information = wait.information;
    return wait.information.si_signo;
}

EXPORT int sigtimedwait(const sigset_t *set, siginfo_t *information, const struct timespec *timeout) {
    if (!is_sealed() || (timeout != NULL && !is_valid_time(timeout)))
        return real()->sigtimedwait(set, information, timeout);
    return wait_for(set_of(set), information, timeout);
}

EXPORT int sigwaitinfo(const sigset_t *set, siginfo_t *information) {
    return sigtimedwait(set, information, NULL);
}

EXPORT int sigwait(const sigset_t *set, int *number) {
    if (!is_sealed())
        return real()->sigwait(set, number);
    int result;
    do
        result = wait_for(set_of(set), NULL, NULL);
    while (result < 0);
    *number = result;
    return 0;
}

EXPORT int sigpending(sigset_t *set) {
    if (!is_sealed())
        return real()->sigpending(set);
    pthread_mutex_lock(&lock);
    uint64_t pending = (kernel_pending() | helper_held()) & thread_self()->mask & ~libc_signals();
    pthread_mutex_unlock(&lock);
    set_to(set, pending);
    return 0;
}

EXPORT int signalfd(int fd, const sigset_t *set, int flags) {
    int result = real()->signalfd(fd, set, flags);
    if (is_sealed() && result >= 0) {
        pthread_mutex_lock(&lock);
        helper_add_signalfd(set_of(set));
        pthread_mutex_unlock(&lock);
    }
    return result;
}
