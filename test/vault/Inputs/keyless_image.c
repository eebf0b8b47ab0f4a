// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vault image without keys.
#include <mpkgate-abi.h>
#include <vault-abi.h>

#include "dispatch.h"
#include "heap.h"

static int boot(struct mpkgate_boot *boot) {
    heap_init(boot->heap, boot->heap_size);
    return boot->key_count == 0 ? MPKGATE_BOOT_OK : MPKGATE_BOOT_KEY_KIND;
}

extern const struct mpkgate_vault mpkgate_vault;
__attribute__((visibility("default"))) const struct mpkgate_vault mpkgate_vault = {
    .magic = MPKGATE_VAULT_MAGIC,
    .version = MPKGATE_VAULT_VERSION,
    .abi = MPKGATE_ABI_VERSION,
    .boot = boot,
    .enter = {[MPKGATE_CLASS_CRYPTO] = vault_enter_crypto, [MPKGATE_CLASS_MANAGE] = vault_enter_manage},
    .serve = {[MPKGATE_CLASS_CRYPTO] = vault_serve_crypto, [MPKGATE_CLASS_MANAGE] = vault_serve_manage},
};
