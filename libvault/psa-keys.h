// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vault's own code asks of keys, beside PSA.
#ifndef VAULT_PSA_KEYS_H
#define VAULT_PSA_KEYS_H

#include <psa/crypto.h>

// The key's bytes in K memory, or NULL: no such key. For tests (vault_test_address).
unsigned char *key_material(psa_key_id_t key);

#endif
