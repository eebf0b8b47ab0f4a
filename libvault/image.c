// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The image's one exported symbol: where the seal and the gates find everything else.
#include <mpkgate-abi.h>
#include <vault-abi.h>

#include "boot.h"
#include "dispatch.h"

extern const struct mpkgate_vault mpkgate_vault;

__attribute__((visibility("default"))) const struct mpkgate_vault mpkgate_vault = {
    .magic = MPKGATE_VAULT_MAGIC,
    .version = MPKGATE_VAULT_VERSION,
    .abi = MPKGATE_ABI_VERSION,
    .boot = vault_boot,
    .enter = {[MPKGATE_CLASS_CRYPTO] = vault_enter_crypto, [MPKGATE_CLASS_MANAGE] = vault_enter_manage},
    .serve = {[MPKGATE_CLASS_CRYPTO] = vault_serve_crypto, [MPKGATE_CLASS_MANAGE] = vault_serve_manage},
};
