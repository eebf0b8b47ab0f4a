// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Wherever added code is interrupted, unwinders find the function that it belongs to, its caller, and the
// caller's registers: a program that is stepped through by the trap flag looks at every instruction of it.
//
// RUN: clang -O2 -fPIE -pie -fno-optimize-sibling-calls -Wl,-z,now,-z,separate-code %s -o %t.o2
// RUN: clang -O0 -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t.o0
// RUN: gcc -O2 -fPIE -pie -fno-optimize-sibling-calls -Wl,-z,now,-z,separate-code %s -o %t.gcc
// RUN: for way in o2 o0 gcc; do %mpk-rewrite -q --banned=eperm %t.$way -o %t.new && %t.new > %t.out && FileCheck %s < %t.out || exit 1; done
// CHECK: instructions of added code: {{[1-9][0-9]+}}
// CHECK-NEXT: wrong: 0
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unwind.h>

#define CALLEE_SAVED 6
static const int dwarf[CALLEE_SAVED] = {3, 6, 12, 13, 14, 15};
static const int context[CALLEE_SAVED] = {REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15};

typedef uint64_t work(uint64_t x, uint64_t y, char *bytes);
static work *volatile running;
static uint64_t area, area_end;
static uint64_t entry_stack, entry_registers[CALLEE_SAVED];
static unsigned steps, wrong;

__attribute__((noinline)) static uint64_t use(uint64_t value) {
    __asm__ volatile("" : "+r"(value) : : "memory");
    return value;
}

// Constants and displacements that hold patterns, with and without registers and memory to save.
__attribute__((noinline)) static uint64_t leaf(uint64_t x, uint64_t y, char *bytes) {
    return ((uint32_t)x ^ 0x1128ae0fu) + y + (unsigned char)bytes[0];
}
__attribute__((noinline)) static uint64_t frame(uint64_t x, uint64_t y, char *bytes) {
    uint64_t a = use(x), b = use(y), c = use(x + y), d = use(x ^ y);
    a = (a * 0x00ef010f) ^ use(b);
    b = (uint32_t)b + 0x2eae0f77u + use(c);
    c = (uint32_t)c & 0xef010f12u;
    return a + b + use(c) + (uint32_t)(d ^ 0x1128ae0fu) + (unsigned char)bytes[3];
}
__attribute__((noinline)) static uint64_t dynamic(uint64_t x, uint64_t y, char *bytes) {
    volatile char *room = __builtin_alloca((x & 63) + 16);
    room[0] = bytes[1];
    uint64_t sum = (uint32_t)use(x) ^ 0x1128ae0fu;
    sum += (uint32_t)use(y) ^ 0x00ef010fu;
    return sum + (unsigned char)room[0];
}
__attribute__((noinline)) static uint64_t far(uint64_t x, uint64_t y, char *bytes) {
    bytes[0xef010f] = (char)x;
    return use((unsigned char)bytes[0x28ae0f] + y);
}

// By way of a stub.
__attribute__((noinline)) static uint64_t denied(uint64_t x, uint64_t y, char *bytes) {
    return use(x) + y + (uint64_t)pkey_set((int)x, (unsigned)y) + (unsigned char)bytes[0];
}

struct walk {
    uint64_t pc;
    int state; // 0: before pc, 1: at it, 2: in the function, 3: in its caller
    int is_right;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *frame_context, void *argument) {
    struct walk *walk = argument;
    int is_exact = 0;
    uint64_t ip = _Unwind_GetIPInfo(frame_context, &is_exact);
    void *function = _Unwind_FindEnclosingFunction((void *)(is_exact ? ip + 1 : ip));
    if (walk->state == 0) {
        walk->state = ip == walk->pc;
        return _URC_NO_REASON;
    }
    if (walk->state == 1 && function == (void *)running) {
        walk->state = 2;
        return _URC_NO_REASON;
    }
    if (walk->state == 2) {
        walk->is_right = _Unwind_GetCFA(frame_context) == entry_stack;
        for (int i = 0; i < CALLEE_SAVED; i++)
            walk->is_right &= (uint64_t)_Unwind_GetGR(frame_context, dwarf[i]) == entry_registers[i];
    }
    return _URC_END_OF_STACK;
}

static void step(int number, siginfo_t *info, void *argument) {
    ucontext_t *interrupted = argument;
    greg_t *registers = interrupted->uc_mcontext.gregs;
    uint64_t pc = (uint64_t)registers[REG_RIP];
    (void)number;
    (void)info;
    if (pc == (uint64_t)running) {
        entry_stack = (uint64_t)registers[REG_RSP] + 8;
        for (int i = 0; i < CALLEE_SAVED; i++)
            entry_registers[i] = (uint64_t)registers[context[i]];
    }
    if (pc < area || pc >= area_end)
        return;
    struct walk walk = {.pc = pc};
    _Unwind_Backtrace(visit, &walk);
    steps++;
    if (!walk.is_right && wrong++ < 10)
        fprintf(stderr, "wrong at %#lx, state %d\n", (unsigned long)(pc - area), walk.state);
}

// The last executable PT_LOAD is the added one.
static int find_area(struct dl_phdr_info *info, size_t size, void *count) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *phdr = &info->dlpi_phdr[i];
        if (phdr->p_type != PT_LOAD || (phdr->p_flags & PF_X) == 0)
            continue;
        ++*(int *)count;
        area = info->dlpi_addr + phdr->p_vaddr;
        area_end = area + phdr->p_memsz;
    }
    return 1; // of the program alone
}

__attribute__((noinline)) static void run(work *function, char *bytes) {
    running = function;
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" : : : "memory", "cc");
    use(function(use(5), use(7), bytes));
    __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" : : : "memory", "cc");
}

int main(void) {
    struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO};
    char *bytes = calloc(1, 0xf00000);
    int executable = 0;
    dl_iterate_phdr(find_area, &executable);
    sigaction(SIGTRAP, &action, NULL);
    if (executable == 2) {
        run(leaf, bytes);
        run(frame, bytes);
        run(dynamic, bytes);
        run(far, bytes);
        run(denied, bytes);
    }
    printf("instructions of added code: %u\nwrong: %u\n", steps, wrong);
    return 0;
}
