// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A40: the vault's own functions, given the vault's own addresses.
#include "evil.h"

#include <inttypes.h>
#include <string.h>
#include <vault-testing.h>
#include <vault.h>

int evil_random_into_key(const struct evil_target *target) {
    int32_t status = vault_generate_random(target->key, target->key_size);

    if (status != VAULT_SUCCESS)
        return evil_failed_because("vault_generate_random into the key: %" PRId32, status);
    return evil_succeeded("overwrote %zu key bytes by vault_generate_random", target->key_size);
}

// An AES key encrypts itself; what comes out is then decrypted in the ordinary way.
int evil_encrypt_the_key(const struct evil_target *target) {
    static const uint8_t nonce[12] = {0};
    uint8_t ciphertext[EVIL_KEY_MAX + VAULT_AEAD_TAG_SIZE];
    uint8_t copy[EVIL_KEY_MAX];
    size_t length = 0;
    int32_t status = vault_aead_encrypt(target->id, VAULT_ALG_GCM, nonce, sizeof nonce, NULL, 0, target->key,
                                        target->key_size, ciphertext, sizeof ciphertext, &length);

    if (status != VAULT_SUCCESS)
        return evil_failed_because("vault_aead_encrypt of the key: %" PRId32, status);
    status = vault_aead_decrypt(target->id, VAULT_ALG_GCM, nonce, sizeof nonce, NULL, 0, ciphertext, length,
                                copy, sizeof copy, &length);
    if (status != VAULT_SUCCESS)
        return evil_failed_because("vault_aead_decrypt: %" PRId32, status);
    return evil_got(target, copy, "vault_aead_encrypt");
}

// Not only the key: no address of the vault's is an argument, whatever lies there. Refused before anything is
// read, so the last byte before LIMIT and a buffer that reaches from the vault across LIMIT are refused
// likewise.
int evil_every_place(const struct evil_target *target) {
    static const char *const name[] = {"key", "heap", "data", "rodata", "text", "stack"};
    uint8_t nonce[12] = {0};
    uint8_t output[VAULT_AEAD_TAG_SIZE];
    size_t length = 0;

    for (uint32_t place = VAULT_TEST_KEY; place <= VAULT_TEST_STACK; place++) {
        uint64_t address = vault_test_address(place, target->id);
        int32_t status;

        if (address == 0)
            return evil_failed_because("the vault does not tell where its %s is", name[place]);
        status = vault_aead_encrypt(target->id, VAULT_ALG_GCM, nonce, sizeof nonce, (const uint8_t *)address,
                                    1, NULL, 0, output, sizeof output, &length);
        if (status == VAULT_SUCCESS)
            return evil_succeeded("the vault read its own %s for the client", name[place]);
        if (status != VAULT_ERROR_INVALID_ARGUMENT)
            return evil_failed_because("vault_aead_encrypt of the vault's %s: unexpected %" PRId32,
                                       name[place], status);
    }
    return evil_failed_because("vault_aead_encrypt of key, heap, data, rodata, text, stack: %d each",
                               VAULT_ERROR_INVALID_ARGUMENT);
}
