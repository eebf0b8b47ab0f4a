// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vault's own code asks of keys, beside PSA.
#ifndef VAULT_PSA_KEYS_H
#define VAULT_PSA_KEYS_H

#include <psa/crypto.h>

// Whether the client has called psa_crypto_init(), and not mbedtls_psa_crypto_free() since: before that its
// calls find no key and no random numbers, as PSA has it. (vault.h's functions need neither.)
_Bool psa_is_initialised(void);

// psa_destroy_key() of what is the client's: PSA_ERROR_NOT_PERMITTED for what mpk-run has given.
psa_status_t key_destroy(psa_key_id_t key);

// The key's bytes in K memory, or NULL: no such key. For tests (vault_test_address).
unsigned char *key_material(psa_key_id_t key);

#endif
