// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Start-up, shared by the image (boot.c's header) and the unprotected build.
#ifndef VAULT_BOOT_H
#define VAULT_BOOT_H

#include <vault-abi.h>

// struct mpkgate_vault's boot(). Once, alone. Returns a value of enum mpkgate_boot_status.
int vault_boot(struct mpkgate_boot *boot);

// Adds one key, with the policy of keys from mpk-run. After vault_boot(), alone. Returns as boot().
int vault_boot_key(const struct mpkgate_boot_key *key);

#endif
