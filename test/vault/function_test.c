// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of vault.h do what PSA says, keys do only what they are for, and threads do not disturb each
// other. Needs nothing but the vault, so that it runs in a sealed process too.
#include "vault.h"

#include <pthread.h>
#include <string.h>

#include "fixture.h"
#include "gate-layout.h"
#include "keys.h"
#include "support.h"

static const uint8_t hash[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void keys_are_found_by_name(void **state) {
    (void)state;
    uint32_t key = 1;
    struct vault_key_attributes info = {0};
    assert_int_equal(vault_open_key("nobody", &key), VAULT_ERROR_DOES_NOT_EXIST);
    assert_int_equal(vault_open_key("", &key), VAULT_ERROR_DOES_NOT_EXIST);
    assert_int_equal(vault_key_info(open_key("p384"), &info), VAULT_SUCCESS);
    assert_int_equal(info.type, VAULT_KEY_TYPE_ECC_KEY_PAIR);
    assert_int_equal(info.bits, 384);
    assert_int_equal(info.usage, SIGN_AND_VERIFY);
    assert_int_equal(info.algorithm, ANY_ECDSA);
    assert_int_equal(info.permanent, 1);
    assert_int_equal(vault_key_info(open_key("rsa"), &info), VAULT_SUCCESS);
    assert_int_equal(info.type, VAULT_KEY_TYPE_RSA_KEY_PAIR);
    assert_int_equal(info.bits, 3072);
    assert_int_equal(info.algorithm2, VAULT_ALG_RSA_PSS(VAULT_ALG_ANY_HASH));
    assert_int_equal(vault_key_info(open_key("aes"), &info), VAULT_SUCCESS);
    assert_int_equal(info.type, VAULT_KEY_TYPE_AES);
    assert_int_equal(info.bits, 256);
    assert_int_equal(info.usage, ENCRYPT_AND_DECRYPT);
}

static void other_numbers_are_no_keys(void **state) {
    (void)state;
    uint32_t good = open_key("p256");
    const uint32_t bad[] = {0, 1, 127, 128 + 100, good + 128, good - 128, good | 0x80000000, UINT32_MAX};
    struct vault_key_attributes info;
    uint8_t buffer[VAULT_PUBLIC_KEY_MAX];
    size_t length = 0;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(vault_key_info(bad[i], &info), VAULT_ERROR_INVALID_HANDLE);
        assert_int_equal(vault_export_public_key(bad[i], buffer, sizeof(buffer), &length),
                         VAULT_ERROR_INVALID_HANDLE);
        assert_int_equal(vault_sign_hash(bad[i], ECDSA, hash, 32, buffer, sizeof(buffer), &length),
                         VAULT_ERROR_INVALID_HANDLE);
        assert_int_equal(vault_verify_hash(bad[i], ECDSA, hash, 32, buffer, 64), VAULT_ERROR_INVALID_HANDLE);
        assert_int_equal(vault_aead_encrypt(bad[i], VAULT_ALG_GCM, hash, 12, NULL, 0, NULL, 0, buffer,
                                            sizeof(buffer), &length),
                         VAULT_ERROR_INVALID_HANDLE);
        assert_int_equal(vault_destroy_key(bad[i]), VAULT_ERROR_INVALID_HANDLE);
    }
}

// The signatures that the vault makes are the vault's own, and no others are.
static void signatures_are_verified(void **state) {
    (void)state;
    static const uint32_t algorithms[KEYS - 1] = {ECDSA, ECDSA, ECDSA, VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256)};
    uint8_t signature[VAULT_SIGNATURE_MAX];
    uint8_t other[32] = {2};
    size_t length = 0;
    for (size_t i = 0; i < KEYS - 1; i++) {
        uint32_t key = open_key(key_names[i]);
        assert_int_equal(
            vault_sign_message(key, algorithms[i], hash, 32, signature, sizeof(signature), &length),
            VAULT_SUCCESS);
        assert_int_equal(vault_verify_message(key, algorithms[i], hash, 32, signature, length),
                         VAULT_SUCCESS);
        assert_int_equal(vault_verify_message(key, algorithms[i], other, 32, signature, length),
                         VAULT_ERROR_INVALID_SIGNATURE);
        assert_int_equal(vault_verify_hash(key, algorithms[i], hash, 32, signature, length),
                         VAULT_ERROR_INVALID_SIGNATURE);
        assert_int_equal(vault_sign_hash(key, algorithms[i], hash, 32, signature, length - 1, &length),
                         VAULT_ERROR_BUFFER_TOO_SMALL);
        assert_int_equal(length, 0);
    }
}

// The Galois/Counter Mode of Operation (McGrew, Viega), test cases 4, 10 and 16.
static const uint8_t gcm_key[32] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f,
                                    0x94, 0x67, 0x30, 0x83, 0x08, 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65,
                                    0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
static const uint8_t gcm_nonce[12] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
static const uint8_t gcm_additional[20] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                                           0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
static const uint8_t gcm_plaintext[60] = {
    0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5, 0xaf, 0xf5, 0x26,
    0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda, 0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31,
    0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95, 0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49,
    0xa6, 0xb5, 0x25, 0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
static const struct {
    size_t key_size;
    uint8_t start[8]; // of the ciphertext
    uint8_t tag[16];
} gcm_cases[] = {
    {16,
     {0x42, 0x83, 0x1e, 0xc2, 0x21, 0x77, 0x74, 0x24},
     {0x5b, 0xc9, 0x4f, 0xbc, 0x32, 0x21, 0xa5, 0xdb, 0x94, 0xfa, 0xe9, 0x5a, 0xe7, 0x12, 0x1a, 0x47}},
    {24,
     {0x39, 0x80, 0xca, 0x0b, 0x3c, 0x00, 0xe8, 0x41},
     {0x25, 0x19, 0x49, 0x8e, 0x80, 0xf1, 0x47, 0x8f, 0x37, 0xba, 0x55, 0xbd, 0x6d, 0x27, 0x61, 0x8c}},
    {32,
     {0x52, 0x2d, 0xc1, 0xf0, 0x99, 0x56, 0x7d, 0x07},
     {0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53, 0xbb, 0x2d, 0x55, 0x1b}},
};

static void aes_gcm_gives_the_known_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        uint8_t ciphertext[76];
        uint8_t plaintext[60];
        size_t length = 0;
        uint32_t key = 0;
        assert_int_equal(vault_import_key(VAULT_KEY_TYPE_AES, ENCRYPT_AND_DECRYPT, VAULT_ALG_GCM, gcm_key,
                                          gcm_cases[i].key_size, &key),
                         VAULT_SUCCESS);
        assert_int_equal(vault_aead_encrypt(key, VAULT_ALG_GCM, gcm_nonce, 12, gcm_additional, 20,
                                            gcm_plaintext, 60, ciphertext, sizeof(ciphertext), &length),
                         VAULT_SUCCESS);
        assert_int_equal(length, 76);
        assert_memory_equal(ciphertext, gcm_cases[i].start, 8);
        assert_memory_equal(ciphertext + 60, gcm_cases[i].tag, 16);
        assert_int_equal(vault_aead_decrypt(key, VAULT_ALG_GCM, gcm_nonce, 12, gcm_additional, 20, ciphertext,
                                            76, plaintext, sizeof(plaintext), &length),
                         VAULT_SUCCESS);
        assert_int_equal(length, 60);
        assert_memory_equal(plaintext, gcm_plaintext, 60);
        assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
    }
}

static void a_wrong_tag_gives_nothing(void **state) {
    (void)state;
    uint32_t key = open_key("aes");
    uint8_t ciphertext[76];
    uint8_t plaintext[60];
    size_t length = 0;
    assert_int_equal(vault_aead_encrypt(key, VAULT_ALG_GCM, gcm_nonce, 12, NULL, 0, gcm_plaintext, 60,
                                        ciphertext, sizeof(ciphertext) - 1, &length),
                     VAULT_ERROR_BUFFER_TOO_SMALL);
    assert_int_equal(vault_aead_encrypt(key, VAULT_ALG_GCM, gcm_nonce, 12, NULL, 0, gcm_plaintext, 60,
                                        ciphertext, sizeof(ciphertext), &length),
                     VAULT_SUCCESS);
    for (size_t i = 0; i < sizeof(ciphertext); i += 5) {
        ciphertext[i] ^= 0x80;
        memset(plaintext, 0, sizeof(plaintext));
        assert_int_equal(vault_aead_decrypt(key, VAULT_ALG_GCM, gcm_nonce, 12, NULL, 0, ciphertext, 76,
                                            plaintext, sizeof(plaintext), &length),
                         VAULT_ERROR_INVALID_SIGNATURE);
        assert_int_equal(length, 0);
        assert_int_equal(plaintext[0] | plaintext[30] | plaintext[59], 0);
        ciphertext[i] ^= 0x80;
    }
    assert_int_equal(vault_aead_decrypt(key, VAULT_ALG_GCM, gcm_nonce, 12, NULL, 0, ciphertext, 15, plaintext,
                                        sizeof(plaintext), &length),
                     VAULT_ERROR_INVALID_ARGUMENT);
}

static void keys_do_only_what_they_are_for(void **state) {
    (void)state;
    uint8_t output[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    uint32_t key = 0;
    uint32_t aes = open_key("aes");
    uint32_t p256 = open_key("p256");
    assert_int_equal(vault_sign_hash(aes, ECDSA, hash, 32, output, sizeof(output), &length),
                     VAULT_ERROR_NOT_PERMITTED);
    assert_int_equal(vault_verify_hash(aes, ECDSA, hash, 32, output, 64), VAULT_ERROR_NOT_PERMITTED);
    assert_int_equal(
        vault_aead_encrypt(p256, VAULT_ALG_GCM, hash, 12, NULL, 0, hash, 32, output, sizeof(output), &length),
        VAULT_ERROR_NOT_PERMITTED);
    assert_int_equal(vault_sign_hash(p256, VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256), hash, 32, output,
                                     sizeof(output), &length),
                     VAULT_ERROR_NOT_PERMITTED);
    assert_int_equal(vault_sign_hash(p256, ECDSA, hash, 31, output, sizeof(output), &length),
                     VAULT_ERROR_INVALID_ARGUMENT);
    // Made for verifying alone; made for another hash.
    assert_int_equal(vault_generate_key(P256, VAULT_KEY_USAGE_VERIFY_HASH, ANY_ECDSA, &key), VAULT_SUCCESS);
    assert_int_equal(vault_sign_hash(key, ECDSA, hash, 32, output, sizeof(output), &length),
                     VAULT_ERROR_NOT_PERMITTED);
    assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
    assert_int_equal(vault_generate_key(P256, SIGN_AND_VERIFY, VAULT_ALG_ECDSA(VAULT_ALG_SHA_384), &key),
                     VAULT_SUCCESS);
    assert_int_equal(vault_sign_hash(key, ECDSA, hash, 32, output, sizeof(output), &length),
                     VAULT_ERROR_NOT_PERMITTED);
    assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
    assert_int_equal(
        vault_generate_key(VAULT_KEY_TYPE_AES, 128, VAULT_KEY_USAGE_ENCRYPT, VAULT_ALG_GCM, &key),
        VAULT_SUCCESS);
    assert_int_equal(
        vault_aead_decrypt(key, VAULT_ALG_GCM, hash, 12, NULL, 0, hash, 32, output, sizeof(output), &length),
        VAULT_ERROR_NOT_PERMITTED);
    assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
}

static void generated_keys_work_until_destroyed(void **state) {
    (void)state;
    static const uint32_t curves[] = {256, 384, 521};
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    for (size_t i = 0; i < 3; i++) {
        uint32_t key = 0;
        assert_int_equal(
            vault_generate_key(VAULT_KEY_TYPE_ECC_KEY_PAIR, curves[i], SIGN_AND_VERIFY, ANY_ECDSA, &key),
            VAULT_SUCCESS);
        assert_int_equal(vault_sign_hash(key, ECDSA, hash, 32, signature, sizeof(signature), &length),
                         VAULT_SUCCESS);
        assert_int_equal(vault_verify_hash(key, ECDSA, hash, 32, signature, length), VAULT_SUCCESS);
        assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
        assert_int_equal(vault_sign_hash(key, ECDSA, hash, 32, signature, sizeof(signature), &length),
                         VAULT_ERROR_INVALID_HANDLE);
        assert_int_equal(vault_destroy_key(key), VAULT_ERROR_INVALID_HANDLE);
    }
}

static void what_is_not_served_is_refused(void **state) {
    (void)state;
    static const struct {
        uint32_t type, bits, usage, algorithm;
        int32_t status;
    } cases[] = {
        {P256, 1 /* export */, ANY_ECDSA, VAULT_ERROR_NOT_PERMITTED},
        {P256, VAULT_KEY_USAGE_SIGN_HASH | 2 /* copy */, ANY_ECDSA, VAULT_ERROR_NOT_PERMITTED},
        {P256, VAULT_KEY_USAGE_ENCRYPT, ANY_ECDSA, VAULT_ERROR_NOT_SUPPORTED},
        {P256, SIGN_AND_VERIFY, VAULT_ALG_GCM, VAULT_ERROR_NOT_SUPPORTED},
        {P256, SIGN_AND_VERIFY, 0, VAULT_ERROR_NOT_SUPPORTED},
        {VAULT_KEY_TYPE_ECC_KEY_PAIR, 224, SIGN_AND_VERIFY, ANY_ECDSA, VAULT_ERROR_NOT_SUPPORTED},
        {VAULT_KEY_TYPE_ECC_KEY_PAIR, 65536 + 256, SIGN_AND_VERIFY, ANY_ECDSA, VAULT_ERROR_NOT_SUPPORTED},
        {0x10000 + VAULT_KEY_TYPE_ECC_KEY_PAIR, 256, SIGN_AND_VERIFY, ANY_ECDSA, VAULT_ERROR_NOT_SUPPORTED},
        {VAULT_KEY_TYPE_RSA_KEY_PAIR, 1024, SIGN_AND_VERIFY, VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256),
         VAULT_ERROR_NOT_SUPPORTED},
        {VAULT_KEY_TYPE_RSA_KEY_PAIR, 8192, SIGN_AND_VERIFY, VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256),
         VAULT_ERROR_NOT_SUPPORTED},
        {VAULT_KEY_TYPE_AES, 64, ENCRYPT_AND_DECRYPT, VAULT_ALG_GCM, VAULT_ERROR_NOT_SUPPORTED},
        {VAULT_KEY_TYPE_AES, 256, SIGN_AND_VERIFY, VAULT_ALG_GCM, VAULT_ERROR_NOT_SUPPORTED},
        {VAULT_KEY_TYPE_AES, 256, ENCRYPT_AND_DECRYPT, 0x04c01000 /* CTR */, VAULT_ERROR_NOT_SUPPORTED},
        {0x2301 /* DES */, 64, ENCRYPT_AND_DECRYPT, VAULT_ALG_GCM, VAULT_ERROR_NOT_SUPPORTED},
        {0, 0, 0, 0, VAULT_ERROR_NOT_SUPPORTED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t key = 4711;
        assert_int_equal(
            vault_generate_key(cases[i].type, cases[i].bits, cases[i].usage, cases[i].algorithm, &key),
            cases[i].status);
        assert_int_equal(key, 0);
    }
}

// The private value alone. Zero and what is above the group's order are none.
static void private_values_can_be_imported(void **state) {
    (void)state;
    static const uint8_t zero[32];
    uint8_t large[32];
    uint32_t key = 0;
    assert_int_equal(
        vault_import_key(VAULT_KEY_TYPE_ECC_KEY_PAIR, SIGN_AND_VERIFY, ANY_ECDSA, hash, 32, &key),
        VAULT_SUCCESS);
    assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
    memset(large, 0xff, sizeof(large));
    assert_int_equal(
        vault_import_key(VAULT_KEY_TYPE_ECC_KEY_PAIR, SIGN_AND_VERIFY, ANY_ECDSA, zero, 32, &key),
        VAULT_ERROR_INVALID_ARGUMENT);
    assert_int_equal(
        vault_import_key(VAULT_KEY_TYPE_ECC_KEY_PAIR, SIGN_AND_VERIFY, ANY_ECDSA, large, 32, &key),
        VAULT_ERROR_INVALID_ARGUMENT);
}

static void given_keys_cannot_be_destroyed(void **state) {
    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        assert_int_equal(vault_destroy_key(open_key(key_names[i])), VAULT_ERROR_NOT_PERMITTED);
    }
}

static void storage_ends_and_comes_back(void **state) {
    (void)state;
    static uint32_t keys[200];
    int32_t status = VAULT_SUCCESS;
    size_t count = 0;
    while (count < 200) {
        status = vault_generate_key(AES256, &keys[count]);
        if (status != VAULT_SUCCESS) {
            break;
        }
        count++;
    }
    assert_int_equal(status, VAULT_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(count, 160 - KEYS); // the key table
    assert_int_equal(vault_destroy_key(keys[50]), VAULT_SUCCESS);
    assert_int_equal(vault_generate_key(AES256, &keys[50]), VAULT_SUCCESS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(vault_destroy_key(keys[i]), VAULT_SUCCESS);
    }
}

static void random_bytes_differ(void **state) {
    (void)state;
    static uint8_t first[100000];
    static uint8_t second[100000];
    assert_int_equal(vault_generate_random(first, sizeof(first)), VAULT_SUCCESS);
    assert_int_equal(vault_generate_random(second, sizeof(second)), VAULT_SUCCESS);
    size_t same = 0;
    size_t ones = 0;
    for (size_t i = 0; i < sizeof(first); i++) {
        same += first[i] == second[i];
        ones += (size_t)__builtin_popcount(first[i]);
    }
    assert_in_range(same, 200, 600);       // expected 391, standard deviation 20
    assert_in_range(ones, 396000, 404000); // expected 400000, standard deviation 447
    assert_int_equal(vault_generate_random(NULL, 0), VAULT_SUCCESS);
}

static void *use_many_times(void *failures) {
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    uint32_t boot_key = 0;
    int *failed = failures;
    for (int i = 0; i < 10; i++) {
        uint32_t key = 0;
        *failed += vault_open_key("p256", &boot_key) != VAULT_SUCCESS;
        *failed += vault_generate_key(P256, SIGN_AND_VERIFY, ANY_ECDSA, &key) != VAULT_SUCCESS;
        *failed += vault_sign_hash(boot_key, ECDSA, hash, 32, signature, sizeof(signature), &length) !=
                   VAULT_SUCCESS;
        *failed += vault_verify_hash(boot_key, ECDSA, hash, 32, signature, length) != VAULT_SUCCESS;
        *failed +=
            vault_verify_hash(key, ECDSA, hash, 32, signature, length) != VAULT_ERROR_INVALID_SIGNATURE;
        *failed += vault_destroy_key(key) != VAULT_SUCCESS;
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state) {
    (void)state;
    pthread_t threads[4];
    int failures[4] = {0};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_many_times, &failures[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(failures[i], 0);
    }
}

// The gates' stacks have a guard page below, so more would be a fault; half of one is the margin we want.
static void half_a_vault_stack_is_enough(void **state) {
    (void)state;
    print_message("deepest vault stack so far: %zu bytes\n", fixture.stack_used);
    assert_in_range(fixture.stack_used, 0, GATE_STACK_SIZE / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_found_by_name),
        cmocka_unit_test(other_numbers_are_no_keys),
        cmocka_unit_test(signatures_are_verified),
        cmocka_unit_test(aes_gcm_gives_the_known_answers),
        cmocka_unit_test(a_wrong_tag_gives_nothing),
        cmocka_unit_test(keys_do_only_what_they_are_for),
        cmocka_unit_test(generated_keys_work_until_destroyed),
        cmocka_unit_test(what_is_not_served_is_refused),
        cmocka_unit_test(private_values_can_be_imported),
        cmocka_unit_test(given_keys_cannot_be_destroyed),
        cmocka_unit_test(storage_ends_and_comes_back),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(half_a_vault_stack_is_enough), // the last: it looks back at all others
    };
    return cmocka_run_group_tests_name("vault functions", tests, start_vault, NULL);
}
