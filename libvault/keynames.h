// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The keys that mpk-run gave: PSA keys with a name, which the client can look up and cannot take away. Made
// at boot, never changed afterwards, so reading needs no lock.
#ifndef VAULT_KEYNAMES_H
#define VAULT_KEYNAMES_H

#include <psa/crypto.h>
#include <stdbool.h>

#define KEYNAME_MAX 64 // bytes, with the NUL
#define KEYNAMES_MAX 64

// At boot: names a key. PSA_ERROR_INVALID_ARGUMENT: not 1 to KEYNAME_MAX - 1 bytes. PSA_ERROR_ALREADY_EXISTS.
// PSA_ERROR_INSUFFICIENT_STORAGE: KEYNAMES_MAX names are there.
psa_status_t keyname_add(const char *name, psa_key_id_t key);

// The key of a name (NUL-terminated); PSA_KEY_ID_NULL: no key has it.
psa_key_id_t keyname_find(const char *name);

// Whether a key came from mpk-run.
bool key_is_given(psa_key_id_t key);

#endif
