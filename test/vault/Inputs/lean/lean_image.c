// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vault image of nothing but the vault's border and three functions. LEAN_FORBIDDEN adds one instruction,
// in code that is never run: the proof must see it all the same.
#include "lean.h"

#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN void lean_fill_registers(void);

uint64_t lean_add(uint64_t left, uint64_t right) {
    return left + right;
}

void lean_count(uint8_t *bytes, size_t size, uint32_t first) {
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(first + i);
}

void lean_leave_secrets(void) {
    lean_fill_registers();
}

#ifdef LEAN_FORBIDDEN
HIDDEN void lean_forbidden(void);
void lean_forbidden(void) {
    __asm__ volatile(LEAN_FORBIDDEN);
}
#endif
