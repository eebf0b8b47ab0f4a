// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// leak-registers: what of the vault is in any register after a call, and whether the client's own state is as
// it was. The vault's function leaves its pattern in every register, the flags and the sticky bits of MXCSR
// and x87. Exit status 0: nothing; 1: something, and what.
#include "registers.h"

#include <cpuid.h>
#include <mpkgate-abi.h>
#include <stdio.h>
#include <string.h>
#include <vault-testing.h>

// x87, SSE, AVX, and AVX-512 with its masks.
#define LOOKED_AT UINT64_C(0xe7)

static struct leak_state after;
static int leaks;

#ifdef LEAK_UNPROTECTED
static void find(uint64_t *entry, uint64_t *index) {
    *entry = (uint64_t)(uintptr_t)vault_test_leave_secrets;
    *index = 0;
}
#else
extern const struct mpkgate_import first_import[] __asm__("__start_mpkgate_imports");
extern const struct mpkgate_import last_import[] __asm__("__stop_mpkgate_imports");

static void find(uint64_t *entry, uint64_t *index) {
    // So that the record is there.
    vault_test_leave_secrets();
    for (const struct mpkgate_import *import = first_import; import < last_import; import++) {
        const struct mpkgate_slot *slot =
            (const struct mpkgate_slot *)((const char *)&import->slot + import->slot);

        if (strcmp((const char *)&import->name + import->name, "vault_test_leave_secrets") == 0) {
            *entry = slot->entry;
            *index = slot->index;
        }
    }
}
#endif

static uint64_t enabled_components(void) {
    uint32_t low;
    uint32_t high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static void leak(const char *what, uint64_t value) {
    printf("leak: %s is 0x%llx\n", what, (unsigned long long)value);
    leaks++;
}

// Callee-saved registers hold the canary, all others nothing.
static void check_general(void) {
    static const char *const name[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                         "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    static const int saved[16] = {[3] = 1, [5] = 1, [12] = 1, [13] = 1, [14] = 1, [15] = 1};

    for (int i = 0; i < 16; i++) {
        if (i != 4 && after.general[i] != (saved[i] ? (uint64_t)LEAK_CANARY : 0))
            leak(name[i], after.general[i]);
    }
}

// Neither the pattern nor the canary: a register that the gate did not clear would show the one or the other.
static void check_vectors(void) {
    static const struct {
        size_t begin;
        size_t end;
        const char *name;
    } part[] = {{32, 160, "x87"}, {160, 416, "xmm"}, {576, 832, "ymm"}, {1088, 2688, "k or zmm"}};

    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        for (size_t at = part[i].begin; at < part[i].end; at++) {
            if (after.image[at] != 0) {
                leak(part[i].name, after.image[at]);
                break;
            }
        }
    }
}

static void check_control(void) {
    // Carry, parity, adjust, zero, sign, direction and overflow, as the gate's last comparison leaves them.
    if ((after.flags & 0xcd5) != 0x44)
        leak("flags", after.flags & 0xcd5);
    if (after.mxcsr != LEAK_MXCSR)
        leak("MXCSR", after.mxcsr);
    if (after.x87_control != LEAK_X87_CONTROL)
        leak("the x87 control word", after.x87_control);
    if (after.x87_status != 0)
        leak("the x87 status word", after.x87_status);
}

int main(void) {
    static uint8_t block[MPKGATE_BLOCK_MAX];
    uint64_t entry = 0;
    uint64_t index = 0;

    find(&entry, &index);
    leak_call(entry, index, block, &after, enabled_components() & LOOKED_AT);
    check_general();
    check_vectors();
    check_control();
    printf("%d leaks\n", leaks);
    return leaks != 0;
}
