// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals that the program sends to itself: kill, raise, pthread_kill, tgkill, abort. One that the caller has
// unblocked is handled before the function returns, in the calling thread.
#include "compat.h"
#include "deliver.h"
#include "dispositions.h"
#include "helper.h"
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

static siginfo_t from_self(int number, int code) {
    siginfo_t information = {.si_signo = number, .si_code = code};
    information.si_pid = getpid();
    information.si_uid = getuid();
    return information;
}

static bool is_open(const struct thread *thread, int number) {
    return (thread_blocks(thread) & signal_bit(number)) == 0;
}

static void deliver_here(struct thread *self, siginfo_t *information) {
    if (deliver(self, information, self->mask, self->mask))
        deliver_pending(self, self->mask); // what came while the handler blocked it
}

// Returns whether it was dealt with here and now.
static bool deliver_to_self(int number) {
    struct thread *self = thread_self();
    siginfo_t information = from_self(number, SI_TKILL);
    pthread_mutex_lock(&lock);
    bool is_now = is_open(self, number);
    pthread_mutex_unlock(&lock);
    if (is_now)
        deliver_here(self, &information);
    return is_now;
}

// The kernel prefers the main thread to the caller; here it does not interrupt it but where it waits.
static bool deliver_to_process(int number) {
    struct thread *self = thread_self();
    siginfo_t information = from_self(number, SI_USER);
    pthread_mutex_lock(&lock);
    bool is_here = is_open(self, number);
    bool is_given = !(is_here && self->is_main) && helper_give(&information);
    pthread_mutex_unlock(&lock);
    if (is_here && !is_given)
        deliver_here(self, &information);
    return is_here || is_given;
}

EXPORT int kill(pid_t process, int number) {
    bool is_own = is_sealed() && process == getpid() && is_for_program(number);
    return is_own && deliver_to_process(number) ? 0 : real()->kill(process, number);
}

EXPORT int raise(int number) {
    if (!is_sealed() || !is_for_program(number))
        return real()->raise(number);
    return deliver_to_self(number) ? 0 : kernel_send(gettid(), number);
}

EXPORT int gsignal(int) __attribute__((alias("raise")));

// To another thread. What has no handler concerns the whole process and happens at once; what has one waits,
// in the kernel, until the thread comes to an interposed wait.
static int send_to(const struct thread *thread, int number) {
    struct sigaction action = *disposition(number);
    if (!is_open(thread, number) || is_caught(&action))
        return kernel_send(thread->id, number);
    if (is_ignored(number, &action))
        return 0;
    pthread_mutex_unlock(&lock);
    act_by_default(number);
    pthread_mutex_lock(&lock);
    return 0;
}

EXPORT int pthread_kill(pthread_t handle, int number) {
    if (!is_sealed() || !is_for_program(number))
        return real()->pthread_kill(handle, number);
    if (pthread_equal(handle, pthread_self()))
        return deliver_to_self(number) || kernel_send(gettid(), number) == 0 ? 0 : errno;
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
