// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The default actions of signals, for a process in which all signals are blocked for ever: one thread waits
// for them and does to itself what the kernel would have done. Client code: untrusted, uses libc, runs with
// PKRU closed. Outside a sealed process it does nothing.
#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { STACK_SIZE = 64 * 1024 };

// The kernel's signal set; libc's functions leave out the two signals that libc keeps for itself.
static const uint64_t all_signals = ~UINT64_C(0);
static const uint64_t cannot_be_blocked = UINT64_C(1) << (SIGKILL - 1) | UINT64_C(1) << (SIGSTOP - 1);

static long change_mask(int how, const uint64_t *set, uint64_t *before) {
    return syscall(SYS_rt_sigprocmask, how, set, before, sizeof(*set));
}

// Sealed: under a seccomp filter, and every signal is blocked, those of libc's own included, which no
// ordinary program does. (The launch plan's environment variable is gone by now.)
static bool is_sealed(void) {
    uint64_t blocked = 0;
    return prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER && change_mask(SIG_BLOCK, NULL, &blocked) == 0 &&
           (blocked | cannot_be_blocked) == all_signals;
}

// Whatever the kernel does with the signal where it is not blocked (end, stop, continue, nothing; or nothing
// because the caller of mpk-run had it ignored), happens here and now: a signal that a thread sends to itself
// is acted upon before the system call returns. The mask is this thread's alone.
static void act(int number) {
    uint64_t set = UINT64_C(1) << (number - 1);
    change_mask(SIG_UNBLOCK, &set, NULL);
    syscall(SYS_tgkill, getpid(), gettid(), number);
    change_mask(SIG_BLOCK, &set, NULL);
}

static void *wait_for_signals(void *unused) {
    (void)unused;
    for (;;) {
        long number = syscall(SYS_rt_sigtimedwait, &all_signals, NULL, NULL, sizeof(all_signals));
        if (number > 0)
            act((int)number);
        else if (errno != EINTR && errno != EAGAIN)
            return NULL;
    }
}

__attribute__((constructor)) static void start(void) {
    if (!is_sealed())
        return;
    // The program is executed from a descriptor, whose number the kernel would show as its name.
    prctl(PR_SET_NAME, program_invocation_short_name);
    pthread_attr_t attributes;
    pthread_t thread;
    size_t size = STACK_SIZE > PTHREAD_STACK_MIN ? STACK_SIZE : (size_t)PTHREAD_STACK_MIN;
    static const char message[] = "libmpkgate-compat: cannot start the thread that waits for signals\n";
    if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, size) != 0 ||
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) != 0 ||
        pthread_create(&thread, &attributes, wait_for_signals, NULL) != 0) {
        // Without it only SIGKILL would end the program.
        (void)!write(STDERR_FILENO, message, sizeof(message) - 1);
        _exit(125);
    }
    pthread_attr_destroy(&attributes);
}
