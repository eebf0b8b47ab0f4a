// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals that the program sends to itself: kill, raise, pthread_kill, tgkill, abort. One that the caller has
// unblocked is handled before the function returns, in the calling thread.
#include "compat.h"
#include "deliver.h"
#include "dispositions.h"
#include "kernel.h"
#include "mask.h"
#include "real.h"
#include "threads.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_for_program(int number) {
    return number >= 1 && number <= LAST_SIGNAL &&
           ((unblockable_signals() | libc_signals()) & signal_bit(number)) == 0;
}

static bool is_blocked(struct thread *self, int number) {
    pthread_mutex_lock(&lock);
    bool result = (thread_blocks(self) & signal_bit(number)) != 0;
    pthread_mutex_unlock(&lock);
    return result;
}

// Returns whether it was dealt with here and now.
static bool deliver_to_self(int number, int code) {
    struct thread *self = thread_self();
    if (is_blocked(self, number))
        return false;
    siginfo_t information = {.si_signo = number, .si_code = code};
    information.si_pid = getpid();
    information.si_uid = getuid();
    if (deliver(self, &information, self->mask, self->mask))
        deliver_pending(self, self->mask); // what came while the handler blocked it
    return true;
}

EXPORT int kill(pid_t process, int number) {
    bool is_own = is_sealed() && process == getpid() && is_for_program(number);
    return is_own && deliver_to_self(number, SI_USER) ? 0 : real()->kill(process, number);
}

EXPORT int raise(int number) {
    if (!is_sealed() || !is_for_program(number))
        return real()->raise(number);
    return deliver_to_self(number, SI_TKILL) ? 0 : kernel_send(gettid(), number);
}

EXPORT int gsignal(int) __attribute__((alias("raise")));

// To another thread. What has no handler concerns the whole process and happens at once; what has one waits,
// in the kernel, until the thread comes to an interposed wait.
static int send_to(const struct thread *thread, int number) {
    struct sigaction action = *disposition(number);
    bool is_open = (thread_blocks(thread) & signal_bit(number)) == 0;
    if (!is_open || is_caught(&action))
        return kernel_send(thread->id, number);
    if (is_ignored(number, &action))
        return 0;
    pthread_mutex_unlock(&lock);
    kernel_act(number);
    pthread_mutex_lock(&lock);
    return 0;
}

EXPORT int pthread_kill(pthread_t handle, int number) {
    if (!is_sealed() || !is_for_program(number))
        return real()->pthread_kill(handle, number);
    if (pthread_equal(handle, pthread_self()))
        return deliver_to_self(number, SI_TKILL) || kernel_send(gettid(), number) == 0 ? 0 : errno;
    pthread_mutex_lock(&lock);
    struct thread *thread = thread_find(handle);
    bool is_known = thread != NULL && thread->id != 0;
    int error = is_known && send_to(thread, number) != 0 ? errno : 0;
    pthread_mutex_unlock(&lock);
    return is_known ? error : real()->pthread_kill(handle, number);
}

EXPORT int tgkill(pid_t process, pid_t id, int number) {
    if (!is_sealed() || !is_for_program(number) || process != getpid())
        return real()->tgkill(process, id, number);
    if (id == gettid())
        return raise(number);
    pthread_mutex_lock(&lock);
    struct thread *thread = thread_find_id(id);
    int status = thread != NULL ? send_to(thread, number) : 0;
    pthread_mutex_unlock(&lock);
    return thread != NULL ? status : real()->tgkill(process, id, number);
}

// libc's own ends the process by SIGABRT in the kernel, where there is no handler.
EXPORT void abort(void) {
    if (is_sealed()) {
        pthread_mutex_lock(&lock);
        bool is_handled = is_caught(disposition(SIGABRT));
        pthread_mutex_unlock(&lock);
        change_mask(SIG_UNBLOCK, signal_bit(SIGABRT));
        if (is_handled)
            raise(SIGABRT);
    }
    real()->abort();
    __builtin_unreachable();
}
