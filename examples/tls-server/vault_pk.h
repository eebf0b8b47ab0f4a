// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A key of the vault's as a private key of Mbed TLS 2.28: whatever signs with it calls the vault.
#ifndef TLS_SERVER_VAULT_PK_H
#define TLS_SERVER_VAULT_PK_H

#include <mbedtls/pk.h>
#include <stdint.h>

struct vault_pk {
    uint32_t id;   // the vault's identifier
    uint32_t type; // VAULT_KEY_TYPE_
    uint32_t bits;
};

// Finds the key called `name` (mpk-run --key NAME=FILE) and sets `pk` up with it.
//   key  out: must outlive `pk`
//   pk   initialised and empty; the caller frees it with mbedtls_pk_free(), which leaves the vault's key
//   alone
// Returns 0; a VAULT_ERROR_ code (no such key, neither RSA nor EC); or an error of Mbed TLS. `pk` may sign in
// any number of threads at once: RSA by PKCS#1 v1.5 and ECDSA, with SHA-256, SHA-384 and SHA-512. It does not
// decrypt.
int vault_pk_setup(struct vault_pk *key, mbedtls_pk_context *pk, const char *name);

// Whether `public_key`, a certificate's, is the public half of `key`: 1 or 0.
int vault_pk_matches(const struct vault_pk *key, mbedtls_pk_context *public_key);

#endif
