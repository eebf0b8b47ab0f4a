// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a wrongly built or wrongly loaded image would get wrong: AES-GCM (AES-NI and the tables), SHA-256 and
// P-256 (bignum assembly), the generator. Cheap, since every start pays for it.
#include "selftest.h"

#include <psa/crypto.h>
#include <string.h>

static psa_key_id_t import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
                           const uint8_t *material, size_t size) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    return psa_import_key(&attributes, material, size, &key) == PSA_SUCCESS ? key : PSA_KEY_ID_NULL;
}

// The Galois/Counter Mode of Operation (McGrew, Viega), test case 14: AES-256, all zero.
static bool gcm(void) {
    static const uint8_t expected[] = {0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5,
                                       0xd3, 0xba, 0xf3, 0x9d, 0x18, 0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99,
                                       0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19};
    static const uint8_t zero[32];
    uint8_t output[32];
    size_t length = 0;
    psa_key_id_t key = import(PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM, zero, 32);
    psa_status_t status =
        psa_aead_encrypt(key, PSA_ALG_GCM, zero, 12, NULL, 0, zero, 16, output, sizeof(output), &length);
    (void)psa_destroy_key(key);
    return status == PSA_SUCCESS && length == sizeof(expected) &&
           memcmp(output, expected, sizeof(expected)) == 0;
}

// RFC 6979, A.2.5: P-256, SHA-256, message "sample".
static bool ecdsa(void) {
    static const uint8_t private_key[] = {0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21,
                                          0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8,
                                          0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21};
    static const uint8_t expected[] = {
        0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd, 0x9c, 0xd4, 0x5e, 0x81, 0xd6,
        0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
        0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65,
        0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8};
    const psa_algorithm_t algorithm = PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256);
    uint8_t signature[sizeof(expected)];
    size_t length = 0;
    psa_key_id_t key = import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), PSA_KEY_USAGE_SIGN_MESSAGE,
                              algorithm, private_key, sizeof(private_key));
    psa_status_t status =
        psa_sign_message(key, algorithm, (const uint8_t *)"sample", 6, signature, sizeof(signature), &length);
    (void)psa_destroy_key(key);
    return status == PSA_SUCCESS && length == sizeof(expected) &&
           memcmp(signature, expected, sizeof(expected)) == 0;
}

// Not a test of randomness: of a generator that was never seeded or does not run (A31).
static bool generator(void) {
    uint8_t first[32] = {0};
    uint8_t second[32] = {0};
    static const uint8_t zero[32];
    return psa_generate_random(first, sizeof(first)) == PSA_SUCCESS &&
           psa_generate_random(second, sizeof(second)) == PSA_SUCCESS &&
           memcmp(first, second, sizeof(first)) != 0 && memcmp(first, zero, sizeof(first)) != 0;
}

bool selftest(void) {
    return gcm() && ecdsa() && generator();
}
