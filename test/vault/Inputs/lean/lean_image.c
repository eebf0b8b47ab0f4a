// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vault image of nothing but the vault's border and three functions. LEAN_FORBIDDEN adds one instruction,
// in code that is never run: the proof must see it all the same.
#include "lean.h"

#include <mpkgate-abi.h>
#include <vault-abi.h>

#include "dispatch.h"
#include "heap.h"

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

static int lean_boot(struct mpkgate_boot *boot) {
    heap_init(boot->heap, boot->heap_size);
    return boot->key_count == 0 ? MPKGATE_BOOT_OK : MPKGATE_BOOT_KEY_KIND;
}

extern const struct mpkgate_vault mpkgate_vault;
__attribute__((visibility("default"))) const struct mpkgate_vault mpkgate_vault = {
    .magic = MPKGATE_VAULT_MAGIC,
    .version = MPKGATE_VAULT_VERSION,
    .abi = MPKGATE_ABI_VERSION,
    .boot = lean_boot,
    .enter = {[MPKGATE_CLASS_CRYPTO] = vault_enter_crypto, [MPKGATE_CLASS_MANAGE] = vault_enter_manage},
    .serve = {[MPKGATE_CLASS_CRYPTO] = vault_serve_crypto, [MPKGATE_CLASS_MANAGE] = vault_serve_manage},
};
