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

static void do_nothing(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    (void)context;
}

// The frame is pushed from the end of the signal stack downwards; put the key in its upper part.
int evil_signal_frame(const struct evil_target *target) {
    unsigned char before[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof before ? target->key_size : sizeof before;
    size_t room = 16384;
    stack_t stack = {.ss_sp = target->key + size + 1024 - room, .ss_size = room};

    if (install(SIGUSR1, do_nothing, SA_ONSTACK) != 0)
        return evil_failed("rt_sigaction");
    // The lower part of the frame may need room below the key.
    mmap((void *)(((uintptr_t)target->key & ~UINT64_C(4095)) - room), room, PROT_READ | PROT_WRITE,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    memcpy(before, target->key, size);
    if (syscall(SYS_sigaltstack, &stack, NULL) != 0)
        return evil_failed("sigaltstack");
    if (syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1) != 0)
        return evil_failed("tgkill");
    if (memcmp(before, target->key, size) == 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("overwrote %zu key bytes by a signal frame", size);
}
