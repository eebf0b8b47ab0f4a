// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of libmpkgate-psa share.
#ifndef VAULT_CLIENT_H
#define VAULT_CLIENT_H

#include <psa/crypto.h>

// Has the vault bring a persistent key into memory: operations run with key memory read-only and cannot.
// Returns what client_status() wants; PSA_ERROR_INVALID_HANDLE: there is no such key, or it is none of that
// kind.
psa_status_t client_load_key(psa_key_id_t key);

// The status of an operation, which finds no key where it could not be loaded; then why.
psa_status_t client_status(psa_status_t status, psa_status_t loaded);

#endif
