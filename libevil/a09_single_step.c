// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A4b, A9b, A9c: the trusted code interrupted at an instruction of the attacker's choice: by the trap flag,
// by a timer, and by making its system calls signals.
#include "evil.h"
#include "evil_asm.h"
#include "signals.h"
#include "xstate.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <ucontext.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
#define TRAP_FLAG 0x100

static const struct evil_target *victim;
static volatile uint64_t seen_at;
static volatile uint32_t seen_pkru;

static int is_in(const void *start, size_t size, uint64_t address) {
    return address - (uint64_t)(uintptr_t)start < size;
}

static void opened(void) {
    exit(evil_got(victim, victim->key, "single steps through the code that opens"));
}

// Between the instruction that opens and the next one: goes on elsewhere.
static void step(int signal, siginfo_t *info, void *context) {
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)signal;
    (void)info;
    if (!is_in(victim->gate, victim->gate_size, (uint64_t)registers[REG_RIP]) ||
        xstate_pkru(((ucontext_t *)context)->uc_mcontext.fpregs) == victim->closed)
        return;
    registers[REG_RIP] = (greg_t)(uintptr_t)opened;
    registers[REG_RSP] = ((registers[REG_RSP] - 256) & ~(greg_t)15) - 8;
    registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
}

int evil_single_step(const struct evil_target *target) {
    victim = target;
    if (evil_install(SIGTRAP, step, 0) != 0)
        return evil_failed("rt_sigaction");
    evil_call_stepping(target->gate);
    return evil_failed_because("the gate was never seen open");
}

static void look(int signal, siginfo_t *info, void *context) {
    const greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

    (void)signal;
    (void)info;
    // Where the register counts.
    if (!is_in(victim->trusted, victim->trusted_size, (uint64_t)registers[REG_RIP]) || registers[REG_R9] == 0)
        return;
    seen_at = (uint64_t)registers[REG_RIP];
}

int evil_timer(const struct evil_target *target) {
    const struct itimerval often = {{0, 1000}, {0, 1000}};
    const struct itimerval never = {{0, 0}, {0, 0}};

    victim = target;
    if (evil_install(SIGALRM, look, SA_RESTART) != 0)
        return evil_failed("rt_sigaction");
    if (setitimer(ITIMER_REAL, &often, NULL) != 0)
        return evil_failed("setitimer");
    for (int i = 0; i < 10 && seen_at == 0; i++)
        target->call_trusted();
    setitimer(ITIMER_REAL, &never, NULL);
    if (seen_at == 0)
        return evil_failed_because("trusted code was never interrupted");
    return evil_succeeded("a timer's handler saw the registers of trusted code");
}

static volatile char selector;

static void catch_call(int signal, siginfo_t *info, void *context) {
    (void)signal;
    selector = 0; // SYSCALL_DISPATCH_FILTER_ALLOW
    seen_at = (uint64_t)(uintptr_t)info->si_call_addr;
    seen_pkru = xstate_pkru(((ucontext_t *)context)->uc_mcontext.fpregs);
}

int evil_syscall_dispatch(const struct evil_target *target) {
    if (prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector) != 0)
        return evil_failed("prctl PR_SET_SYSCALL_USER_DISPATCH");
    if (evil_install(SIGSYS, catch_call, 0) != 0)
        return evil_failed("rt_sigaction");
    selector = 1; // SYSCALL_DISPATCH_FILTER_BLOCK
    target->call_trusted();
    selector = 0;
    if (!is_in(target->trusted, target->trusted_size + 1, seen_at))
        return evil_failed_because("no system call of trusted code was caught");
    return evil_succeeded("took a system call of trusted code, PKRU 0x%x", seen_pkru);
}
