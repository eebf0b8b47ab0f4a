// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The keys that the tests' vault is given, and short names for what the tests ask of them.
#ifndef TEST_VAULT_KEYS_H
#define TEST_VAULT_KEYS_H

#include "vault.h"

#define SIGN_AND_VERIFY                                                                                      \
    (VAULT_KEY_USAGE_SIGN_HASH | VAULT_KEY_USAGE_SIGN_MESSAGE | VAULT_KEY_USAGE_VERIFY_HASH |                \
     VAULT_KEY_USAGE_VERIFY_MESSAGE)
#define ENCRYPT_AND_DECRYPT (VAULT_KEY_USAGE_ENCRYPT | VAULT_KEY_USAGE_DECRYPT)
#define P256 VAULT_KEY_TYPE_ECC_KEY_PAIR, 256
#define AES256 VAULT_KEY_TYPE_AES, 256, ENCRYPT_AND_DECRYPT, VAULT_ALG_GCM
#define ECDSA VAULT_ALG_ECDSA(VAULT_ALG_SHA_256)
#define ANY_ECDSA VAULT_ALG_ECDSA(VAULT_ALG_ANY_HASH)

#define KEYS 5
static const char *const key_names[KEYS] = {"p256", "p384", "p521", "rsa", "aes"}; // RSA 3072, AES 256
static const char *const key_files[KEYS] = {"p256.pem", "p384.pem", "p521.pem", "rsa.pem", "aes.bin"};

// Set-up of a group of tests: a vault with these keys. keys_here.c makes them in scratch(), with NAME.pub
// beside each key pair, and boots the vault; keys_given.c has them from mpk-run.
int start_vault(void **state);

// The identifier of a key that must be there.
uint32_t open_key(const char *name);

#endif
