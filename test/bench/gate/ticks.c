// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a gate costs by its parts, in ticks of the time-stamp counter, without the wrpkru: for any CPU. The
// gates' own code, copied as the seal copies it, with a no-op in the place of each switch and a vault that
// returns at once. Prints "NAME TICKS" lines, the median of many rounds; ticks.py makes differences and
// ratios of them.
#include <asm/hwcap2.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "gate-layout.h"
#include "plan.h"
#include "ulk-layout.h"

#define ROUNDS 401

typedef int64_t gate_function(void *block, uint64_t index);
gate_function bench_target, bench_erim, bench_switches, bench_stack, bench_four_switches;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void patch(unsigned char *code, const struct gate_code *gate) {
    static const unsigned char nop[] = {0x0f, 0x1f, 0x00};
    for (unsigned i = 0; i < GATE_SWITCH_COUNT; i++)
        memcpy(code + (gate->wrpkru[i] - gate->begin), nop, sizeof(nop));
}

// Where the kernel does not allow RDFSBASE and its like (F3 48 0F AE, ModRM C0 to DF: SDM volume 2), no-ops
// of their length.
static void leave_out_fsgsbase(unsigned char *code, size_t size) {
    static const unsigned char nop[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
    for (size_t i = 0; i + sizeof(nop) <= size; i++) {
        if (memcmp(code + i, "\xf3\x48\x0f\xae", 4) == 0 && code[i + 4] >= 0xc0 && code[i + 4] <= 0xdf)
            memcpy(code + i, nop, sizeof(nop));
    }
}

static bool has_fsgsbase(void) {
    return (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) != 0;
}

static uint32_t features(void) {
    __builtin_cpu_init();
    return (__builtin_cpu_supports("avx") ? GATE_FEATURE_AVX : 0u) |
           (__builtin_cpu_supports("avx512f") ? GATE_FEATURE_AVX512 : 0u);
}

static unsigned char *memory(size_t size) {
    unsigned char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        fail("mmap");
    return at;
}

// So many vault stacks, each aligned to its size.
static uint64_t place_stacks(size_t count) {
    uint64_t at = (uint64_t)memory((count + 1) * GATE_STACK_STRIDE);
    return (at + GATE_STACK_STRIDE - 1) & ~(uint64_t)(GATE_STACK_STRIDE - 1);
}

// The gate area of gate-layout.h, in ordinary memory.
static gate_function *place(const struct gate_code *gate, gate_function *target) {
    unsigned char *area = memory(GATE_AREA_SIZE);
    uint64_t stacks = place_stacks(GATE_SLOT_COUNT);
    memcpy(area, gate->begin, (size_t)(gate->end - gate->begin));
    patch(area, gate);
    if (!has_fsgsbase())
        leave_out_fsgsbase(area, (size_t)(gate->end - gate->begin));
    struct gate_fixed *fixed = (struct gate_fixed *)(area + GATE_FIXED);
    *fixed = (struct gate_fixed){.enter = {(uint64_t)target, (uint64_t)target},
                                 .fs_base = (uint64_t)__builtin_thread_pointer(),
                                 .features = features(),
                                 .mxcsr = 0x1f80};
    struct gate_slot *slot = (struct gate_slot *)(area + GATE_SLOTS);
    for (size_t i = 0; i < GATE_SLOT_COUNT; i++)
        slot[i].stack = stacks + GATE_STACK_STRIDE * (i + 1);
    if (mprotect(area, GATE_FIXED, PROT_READ | PROT_EXEC) != 0)
        fail("mprotect");
    return (gate_function *)(uintptr_t)(area + (gate->gate[0] - gate->begin));
}

// The area of ulk-layout.h, for a caller and a server that are both this process.
static gate_function *place_ulk(void) {
    static const unsigned char nop[] = {0x0f, 0x1f, 0x00};
    const struct ulk_code *ulk = &mpkgate_ulk_code;
    unsigned char *area = memory(ULK_AREA_SIZE);
    struct ulk_record *record = (struct ulk_record *)memory(ULK_RECORD_COUNT * sizeof(*record));
    uint64_t stacks = place_stacks(ULK_RECORD_COUNT), secret[ULK_SECRET_COUNT];
    memcpy(area, ulk->begin, (size_t)(ulk->end - ulk->begin));
    for (unsigned i = 0; i < ULK_SWITCH_COUNT; i++)
        memcpy(area + (ulk->wrpkru[i] - ulk->begin), nop, sizeof(nop));
    memcpy(area + (ulk->rdpkru - ulk->begin), nop, sizeof(nop));
    for (unsigned i = 0; i < ULK_SECRET_COUNT; i++)
        memcpy(&secret[i], ulk->secret[i], sizeof(secret[i]));
    *(struct ulk_inner *)(area + ULK_INNER) = (struct ulk_inner){.server = 1,
                                                                 .server_state = ULK_STATE_RUNNING + 1,
                                                                 .features = features() & GATE_FEATURE_AVX,
                                                                 .caller_token = secret[0],
                                                                 .server_token = secret[1],
                                                                 .records = (uint64_t)record,
                                                                 .caller_size = UINT64_MAX,
                                                                 .server_stacks = stacks,
                                                                 .enter = (uint64_t)bench_target};
    for (size_t i = 0; i < ULK_RECORD_COUNT; i++)
        record[i].top[1] = stacks + GATE_STACK_STRIDE * (i + 1);
    if (mprotect(area, ULK_INNER, PROT_READ | PROT_EXEC) != 0)
        fail("mprotect");
    return (gate_function *)(uintptr_t)(area + (ulk->gate - ulk->begin));
}

static int64_t (*suspend)(void);
static gate_function *callback_gate;

static int64_t ask_the_client(void *block, uint64_t index) {
    (void)block;
    (void)index;
    return suspend();
}

// A call in which the vault asks its client once: the client's answer is a second crossing.
static int64_t callback_round_trip(void *block, uint64_t index) {
    int64_t request = callback_gate(block, index);
    return callback_gate(block, (uint64_t)request | UINT64_C(1) << 63);
}

static void place_callback(void) {
    const struct gate_code *gate = &mpkgate_gate_codes[MPKGATE_GATE_LEAN];
    callback_gate = place(gate, ask_the_client);
    suspend =
        (int64_t (*)(void))((uintptr_t)callback_gate - (uintptr_t)gate->gate[0] + (uintptr_t)gate->suspend);
}

// Instructions of one call, from the caller's to the return; a repeated string instruction is one. Counted by
// the trap flag in a child.
static void count_instructions(const char *name, gate_function *volatile function) {
    pid_t child = fork();
    struct user_regs_struct registers;
    uint64_t last = 0, count = 0, back = 0;
    int status;
    if (child < 0)
        fail("fork");
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        function(NULL, 0);
        _exit(0);
    }
    while (waitpid(child, &status, 0) == child && !WIFEXITED(status)) {
        if (ptrace(PTRACE_GETREGS, child, NULL, &registers) != 0)
            fail("ptrace");
        if (back == 0 && registers.rip == (uint64_t)(uintptr_t)function)
            back = (uint64_t)ptrace(PTRACE_PEEKDATA, child, (void *)registers.rsp, NULL);
        if (back != 0 && registers.rip == back)
            break;
        count += back != 0 && registers.rip != last;
        last = registers.rip;
        if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) != 0)
            fail("ptrace");
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    printf("%s %.1f\n", name, (double)count);
}

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static void measure(const char *name, gate_function *volatile function, unsigned calls) {
    double round[ROUNDS];
    unsigned cpu;
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint64_t start = __rdtscp(&cpu);
        for (unsigned i = 0; i < calls; i++) {
            if (function(NULL, 0) < 0)
                exit(1);
        }
        round[r] = (double)(__rdtscp(&cpu) - start) / calls;
    }
    qsort(round, ROUNDS, sizeof(round[0]), ascending);
    printf("%s %.1f\n", name, round[ROUNDS / 2]);
}

static int64_t getppid_call(void *block, uint64_t index) {
    (void)block;
    (void)index;
    return syscall(SYS_getppid);
}

static unsigned char *page;

// Opening and closing a page without protection keys.
static int64_t mprotect_pair(void *block, uint64_t index) {
    (void)block;
    (void)index;
    return mprotect(page, 4096, PROT_READ | PROT_WRITE) | mprotect(page, 4096, PROT_NONE);
}

static int request[2];
static int answer[2];

static int64_t pipe_round_trip(void *block, uint64_t index) {
    (void)block;
    (void)index;
    char byte = 0;
    return write(request[1], &byte, 1) == 1 && read(answer[0], &byte, 1) == 1 ? 0 : -1;
}

static void serve(void) {
    char byte;
    close(request[1]);
    while (read(request[0], &byte, 1) == 1) {
        if (write(answer[1], &byte, 1) != 1)
            break;
    }
    _exit(0);
}

static void measure_others(void) {
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || pipe2(request, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0)
        fail("pipe2");
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0)
        serve();
    measure("getppid", getppid_call, 500);
    measure("mprotect-pair", mprotect_pair, 100);
    measure("pipe-round-trip", pipe_round_trip, 10);
    close(request[1]);
    waitpid(child, NULL, 0);
}

int main(void) {
    measure("plain-call", bench_target, 10000);
    measure("erim-inline-gate", bench_erim, 10000);
    measure("switches", bench_switches, 10000);
    measure("switches+stack", bench_stack, 10000);
    measure("four-switch-gate", bench_four_switches, 10000);
    gate_function *lean = place(&mpkgate_gate_codes[MPKGATE_GATE_LEAN], bench_target);
    measure("lean-gate", lean, 10000);
    gate_function *full = place(&mpkgate_gate_codes[MPKGATE_GATE_FULL], bench_target);
    gate_function *ulk = place_ulk();
    measure("ulk-gate", ulk, 10000);
    place_callback();
    measure("callback", callback_round_trip, 10000);
    const char *without = has_fsgsbase() ? "" : "(no-fs-gs)";
    char name[64];
    snprintf(name, sizeof(name), "full-gate%s", without);
    measure(name, full, 10000);
    snprintf(name, sizeof(name), "full-gate-other-mxcsr%s", without);
    _mm_setcsr(0x1f80 | _MM_EXCEPT_INEXACT);
    measure(name, full, 10000);
    _mm_setcsr(0x1f80);
    measure_others();
    count_instructions("lean-gate-instructions", lean);
    count_instructions("full-gate-instructions", full);
    count_instructions("ulk-gate-instructions", ulk);
    return 0;
}
