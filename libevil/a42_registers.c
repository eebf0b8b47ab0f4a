// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A42: what the vault leaves in registers and in the red zone. vault_test_leave_secrets fills everything that
// a function may leave something in with one value; here it is looked for.
#include "evil.h"
#include "evil_asm.h"

#include <string.h>
#include <vault-testing.h>

static _Alignas(64) unsigned char image[16384];

// The parts of an XSAVE image that are registers, up to AVX-512 (SDM vol. 1, 13.4); what lies between
// describes them.
static const struct {
    size_t begin;
    size_t end;
} part[] = {{32, 416}, {576, sizeof image}};

// x87, SSE, AVX, and AVX-512 with its masks.
#define LOOKED_AT UINT64_C(0xe7)

int evil_registers(const struct evil_target *target) {
    static const char *const name[EVIL_GENERAL] = {"rax", "rcx", "rdx", "rsi", "rdi",
                                                   "r8",  "r9",  "r10", "r11"};
    uint64_t word[EVIL_GENERAL + EVIL_RED_ZONE];
    const char *first = NULL;
    size_t words = 0;
    size_t bytes = 0;

    (void)target;
    evil_call_and_look(vault_test_leave_secrets, word, image, evil_xgetbv() & LOOKED_AT);
    for (size_t i = 0; i < EVIL_GENERAL + EVIL_RED_ZONE; i++) {
        if (word[i] != VAULT_TEST_SECRET)
            continue;
        if (words++ == 0)
            first = i < EVIL_GENERAL ? name[i] : "the red zone";
    }
    // The client has used none of these, so anything but zero is the vault's.
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        for (size_t at = part[i].begin; at < part[i].end; at++)
            bytes += image[at] != 0;
    }
    if (words + bytes == 0)
        return evil_failed_because("the vault left nothing in any register");
    return evil_succeeded("the vault left its secret in %zu words (%s) and %zu bytes of vector registers",
                          words, first == NULL ? "-" : first, bytes);
}
