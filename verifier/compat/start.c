// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether there is anything to do, and the start. In a sealed process every signal is blocked in every
// thread, for ever, and the kernel has no handler; this library does what the program asked for. Client code:
// untrusted, uses libc, runs with PKRU closed.
#include "compat.h"
#include "dispositions.h"
#include "explain.h"
#include "helper.h"
#include "kernel.h"
#include "real.h"
#include "threads.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>

// By mpk-run, which alone can still ask the kernel: two sets in hexadecimal, ignored and blocked at the
// start.
#define SIGNALS_VARIABLE "MPKGATE_SIGNALS"

static bool find_out(void) {
    return prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER &&
           (kernel_mask(SIG_BLOCK, 0) | unblockable_signals()) == EVERY_SIGNAL;
}

// Under a seccomp filter, with every signal blocked, those of libc's own included, which no ordinary program
// does. (The launch plan's environment variable is gone by now.)
bool is_sealed(void) {
    enum { UNKNOWN, NO, YES };
    static atomic_int answer;
    int known = atomic_load_explicit(&answer, memory_order_relaxed);
    if (known == UNKNOWN) {
        int error = errno;
        known = find_out() ? YES : NO;
        atomic_store_explicit(&answer, known, memory_order_relaxed);
        errno = error;
    }
    return known == YES;
}

static void read_signals(uint64_t *ignored, uint64_t *blocked) {
    const char *text = getenv(SIGNALS_VARIABLE);
    char *end;
    if (text == NULL)
        return;
    *ignored = strtoull(text, &end, 16);
    if (*end == ',')
        *blocked = strtoull(end + 1, NULL, 16);
    unsetenv(SIGNALS_VARIABLE);
}

static void restart_in_child(void) {
    threads_after_fork();
    helper_start();
}

__attribute__((constructor)) static void start(void) {
    if (!is_sealed())
        return;
    // The program is executed from a descriptor, whose number the kernel would show as its name.
    prctl(PR_SET_NAME, program_invocation_short_name);
    uint64_t ignored = 0, blocked = 0;
    read_signals(&ignored, &blocked);
    explain_start();
    dispositions_start(ignored);
    thread_become_main(blocked & ~(unblockable_signals() | libc_signals()));
    pthread_mutex_lock(&lock);
    update_wanted();
    pthread_mutex_unlock(&lock);
    helper_start();
    pthread_atfork(NULL, NULL, restart_in_child);
}
