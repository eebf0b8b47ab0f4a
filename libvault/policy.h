// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vault allows beyond what each key's own policy does. Set at boot, before any client code runs.
#ifndef VAULT_POLICY_H
#define VAULT_POLICY_H

#include <stdbool.h>
#include <stdint.h>

// `flags`: enum mpkgate_boot_flag, or-ed. Once.
void policy_init(uint32_t flags);

// Whether private and secret keys with usage PSA_KEY_USAGE_EXPORT may leave (mpk-run --allow-key-export).
bool policy_allows_export(void);

#endif
