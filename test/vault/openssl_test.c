// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// OpenSSL and the vault agree on keys and signatures; key memory is only read by operations that need the
// private key, never written by them, and wiped when a key is destroyed.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fixture.h"
#include "keys.h"
#include "support.h"

static const uint8_t hash[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
static const uint8_t message[] = "a message to be signed\n";
static const uint8_t aes_key[16] = "sixteen letters";

static int setup(void **state) {
    write_file("hash", hash, sizeof(hash));
    write_file("message", message, sizeof(message) - 1);
    return start_vault(state);
}

// r || s as the DER that OpenSSL wants: SEQUENCE { INTEGER, INTEGER }.
static void write_der(const char *name, const uint8_t *signature, size_t length) {
    uint8_t der[160] = {0x30, 0x81, 0};
    size_t at = 3;
    for (int half = 0; half < 2; half++) {
        const uint8_t *number = signature + half * (length / 2);
        size_t size = length / 2;
        for (; size > 1 && *number == 0; size--) {
            number++;
        }
        bool sign = (*number & 0x80) != 0;
        der[at++] = 2;
        der[at++] = (uint8_t)(size + sign);
        at += sign; // a zero byte
        memcpy(der + at, number, size);
        at += size;
    }
    der[2] = (uint8_t)(at - 3);
    if (at - 3 < 128) { // the short form of the length
        der[1] = der[2];
        memmove(der + 2, der + 3, at - 3);
        at--;
    }
    write_file(name, der, at);
}

static void openssl_accepts_ecdsa_signatures(void **state) {
    (void)state;
    static const char *const names[] = {"p256", "p384", "p521"};
    static const size_t lengths[] = {64, 96, 132};
    static const uint32_t algorithms[] = {VAULT_ALG_ECDSA(VAULT_ALG_SHA_256),
                                          VAULT_ALG_DETERMINISTIC_ECDSA(VAULT_ALG_SHA_256)};
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    for (size_t i = 0; i < 6; i++) {
        uint32_t key = open_key(names[i % 3]);
        assert_int_equal(
            vault_sign_hash(key, algorithms[i / 3], hash, 32, signature, sizeof(signature), &length),
            VAULT_SUCCESS);
        assert_int_equal(length, lengths[i % 3]);
        write_der("signature", signature, length);
        assert_int_equal(run("openssl pkeyutl -verify -pubin -inkey %s.pub -in hash -sigfile signature >out",
                             names[i % 3]),
                         0);
        assert_int_equal(vault_verify_hash(key, algorithms[i / 3], hash, 32, signature, length),
                         VAULT_SUCCESS);
        assert_int_equal(vault_sign_message(key, algorithms[i / 3], message, sizeof(message) - 1, signature,
                                            sizeof(signature), &length),
                         VAULT_SUCCESS);
        write_der("signature", signature, length);
        assert_int_equal(
            run("openssl dgst -sha256 -verify %s.pub -signature signature message >out", names[i % 3]), 0);
    }
}

static void openssl_accepts_rsa_signatures(void **state) {
    (void)state;
    const char *options = "-pkeyopt digest:sha256";
    uint32_t algorithm = VAULT_ALG_RSA_PKCS1V15_SIGN(VAULT_ALG_SHA_256);
    uint32_t key = open_key("rsa");
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(vault_sign_hash(key, algorithm, hash, 32, signature, sizeof(signature), &length),
                         VAULT_SUCCESS);
        assert_int_equal(length, 384);
        write_file("signature", signature, length);
        assert_int_equal(
            run("openssl pkeyutl -verify -pubin -inkey rsa.pub -in hash -sigfile signature %s >out", options),
            0);
        assert_int_equal(vault_verify_hash(key, algorithm, hash, 32, signature, length), VAULT_SUCCESS);
        signature[100] ^= 1;
        assert_int_equal(vault_verify_hash(key, algorithm, hash, 32, signature, length),
                         VAULT_ERROR_INVALID_SIGNATURE);
        algorithm = VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256);
        options = "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest -pkeyopt digest:sha256";
    }
}

static void signatures_of_openssl_are_verified(void **state) {
    (void)state;
    size_t length = 0;
    assert_int_equal(run("openssl dgst -sha256 -sign rsa.pem -out signature message"), 0);
    unsigned char *signature = read_file("signature", &length);
    uint32_t key = open_key("rsa");
    const uint32_t algorithm = VAULT_ALG_RSA_PKCS1V15_SIGN(VAULT_ALG_SHA_256);
    assert_int_equal(vault_verify_message(key, algorithm, message, sizeof(message) - 1, signature, length),
                     VAULT_SUCCESS);
    assert_int_equal(vault_verify_message(key, algorithm, message, sizeof(message) - 2, signature, length),
                     VAULT_ERROR_INVALID_SIGNATURE);
    assert_int_equal(
        vault_verify_message(key, algorithm, message, sizeof(message) - 1, signature, length - 1),
        VAULT_ERROR_INVALID_SIGNATURE);
    assert_int_equal(vault_verify_message(key, VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256), message,
                                          sizeof(message) - 1, signature, length),
                     VAULT_ERROR_INVALID_SIGNATURE);
    free(signature);
}

static void public_keys_are_openssls(void **state) {
    (void)state;
    uint8_t public_key[VAULT_PUBLIC_KEY_MAX];
    size_t length = 0;
    size_t size = 0;
    for (size_t i = 0; i < KEYS - 1; i++) {
        uint32_t key = open_key(key_names[i]);
        assert_int_equal(vault_export_public_key(key, public_key, sizeof(public_key), &length),
                         VAULT_SUCCESS);
        assert_int_equal(run("openssl pkey -pubin -in %s.pub -outform DER -out public.der", key_names[i]), 0);
        unsigned char *der = read_file("public.der", &size); // SubjectPublicKeyInfo: ends with the key's bits
        assert_in_range(length, 65, size - 1);
        assert_memory_equal(public_key, der + size - length, length);
        free(der);
        assert_int_equal(vault_export_public_key(key, public_key, length - 1, &length),
                         VAULT_ERROR_BUFFER_TOO_SMALL);
        assert_int_equal(length, 0);
    }
    assert_int_equal(vault_export_public_key(open_key("aes"), public_key, sizeof(public_key), &length),
                     VAULT_ERROR_INVALID_ARGUMENT);
}

// Here and not in function_test.c because of the time that it takes in an emulator.
static void rsa_keys_can_be_generated(void **state) {
    (void)state;
    const uint32_t algorithm = VAULT_ALG_RSA_PKCS1V15_SIGN(VAULT_ALG_SHA_256);
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    uint32_t key = 0;
    assert_int_equal(vault_generate_key(VAULT_KEY_TYPE_RSA_KEY_PAIR, 2048, SIGN_AND_VERIFY, algorithm, &key),
                     VAULT_SUCCESS);
    assert_int_equal(vault_sign_hash(key, algorithm, hash, 32, signature, sizeof(signature), &length),
                     VAULT_SUCCESS);
    assert_int_equal(length, 256);
    assert_int_equal(vault_verify_hash(key, algorithm, hash, 32, signature, length), VAULT_SUCCESS);
    assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
}

static int32_t import_file(const char *name, uint32_t type, uint32_t algorithm, uint32_t *key) {
    size_t size = 0;
    unsigned char *data = read_file(name, &size);
    int32_t status = vault_import_key(type, SIGN_AND_VERIFY, algorithm, data, size, key);
    free(data);
    return status;
}

static void key_files_can_be_imported(void **state) {
    (void)state;
    const uint32_t rsa = VAULT_ALG_RSA_PKCS1V15_SIGN(VAULT_ALG_ANY_HASH);
    for (size_t i = 0; i < KEYS - 1; i++) {
        bool is_rsa = i == KEYS - 2;
        uint8_t ours[VAULT_PUBLIC_KEY_MAX];
        uint8_t theirs[VAULT_PUBLIC_KEY_MAX];
        size_t length = 0;
        uint32_t key = 0;
        assert_int_equal(import_file(key_files[i],
                                     is_rsa ? VAULT_KEY_TYPE_RSA_KEY_PAIR : VAULT_KEY_TYPE_ECC_KEY_PAIR,
                                     is_rsa ? rsa : ANY_ECDSA, &key),
                         VAULT_SUCCESS);
        assert_int_equal(vault_export_public_key(key, ours, sizeof(ours), &length), VAULT_SUCCESS);
        assert_int_equal(vault_export_public_key(open_key(key_names[i]), theirs, sizeof(theirs), &length),
                         VAULT_SUCCESS);
        assert_memory_equal(ours, theirs, length);
        assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
    }
}

static void other_bytes_are_not_imported(void **state) {
    (void)state;
    const uint32_t rsa = VAULT_ALG_RSA_PKCS1V15_SIGN(VAULT_ALG_ANY_HASH);
    uint32_t key = 0;
    assert_int_equal(run("openssl genrsa -aes128 -passout pass:x -out locked.pem 2048 && head -c 3000 "
                         "/dev/urandom >noise"),
                     0);
    assert_int_equal(import_file("rsa.pem", VAULT_KEY_TYPE_ECC_KEY_PAIR, ANY_ECDSA, &key),
                     VAULT_ERROR_INVALID_ARGUMENT);
    assert_int_equal(import_file("p256.pem", VAULT_KEY_TYPE_RSA_KEY_PAIR, rsa, &key),
                     VAULT_ERROR_INVALID_ARGUMENT);
    assert_int_equal(import_file("p256.pub", VAULT_KEY_TYPE_ECC_KEY_PAIR, ANY_ECDSA, &key),
                     VAULT_ERROR_INVALID_ARGUMENT);
    assert_int_equal(import_file("locked.pem", VAULT_KEY_TYPE_RSA_KEY_PAIR, rsa, &key),
                     VAULT_ERROR_INVALID_ARGUMENT);
    assert_int_equal(import_file("noise", VAULT_KEY_TYPE_RSA_KEY_PAIR, rsa, &key),
                     VAULT_ERROR_INVALID_ARGUMENT);
    assert_int_equal(vault_import_key(VAULT_KEY_TYPE_AES, ENCRYPT_AND_DECRYPT, VAULT_ALG_GCM, hash, 17, &key),
                     VAULT_ERROR_NOT_SUPPORTED);
    assert_int_equal(vault_import_key(VAULT_KEY_TYPE_AES, ENCRYPT_AND_DECRYPT, VAULT_ALG_GCM, NULL, 0, &key),
                     VAULT_ERROR_NOT_SUPPORTED);
    assert_int_equal(vault_import_key(VAULT_KEY_TYPE_ECC_KEY_PAIR, SIGN_AND_VERIFY, ANY_ECDSA, NULL, 0, &key),
                     VAULT_ERROR_INVALID_ARGUMENT);
    assert_int_equal(key, 0);
}

static void destroyed_material_is_wiped(void **state) {
    (void)state;
    uint32_t key = 0;
    assert_int_equal(
        vault_import_key(VAULT_KEY_TYPE_AES, ENCRYPT_AND_DECRYPT, VAULT_ALG_GCM, aes_key, 16, &key),
        VAULT_SUCCESS);
    assert_non_null(memmem(fixture.keys, FIXTURE_KEYS_SIZE, aes_key, 16));
    assert_null(memmem(fixture.heap, FIXTURE_HEAP_SIZE, aes_key, 16)); // no second copy
    assert_int_equal(vault_destroy_key(key), VAULT_SUCCESS);
    assert_null(memmem(fixture.keys, FIXTURE_KEYS_SIZE, aes_key, 16));
}

static void use_every_crypto_function(void) {
    uint8_t output[VAULT_PUBLIC_KEY_MAX];
    size_t length = 0;
    uint32_t key = 0;
    struct vault_key_attributes info;
    require(vault_open_key("p256", &key) == VAULT_SUCCESS && vault_key_info(key, &info) == VAULT_SUCCESS);
    require(vault_sign_hash(key, ECDSA, hash, 32, output, sizeof(output), &length) == VAULT_SUCCESS);
    require(vault_sign_message(key, ECDSA, hash, 32, output, sizeof(output), &length) == VAULT_SUCCESS);
    require(vault_verify_message(key, ECDSA, hash, 32, output, length) == VAULT_SUCCESS);
    require(vault_open_key("rsa", &key) == VAULT_SUCCESS);
    require(vault_sign_hash(key, VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256), hash, 32, output, sizeof(output),
                            &length) == VAULT_SUCCESS);
    require(vault_open_key("aes", &key) == VAULT_SUCCESS);
    require(vault_aead_encrypt(key, VAULT_ALG_GCM, hash, 12, NULL, 0, hash, 32, output, sizeof(output),
                               &length) == VAULT_SUCCESS);
    require(vault_aead_decrypt(key, VAULT_ALG_GCM, hash, 12, NULL, 0, output, length, output, sizeof(output),
                               &length) == VAULT_SUCCESS);
    require(vault_generate_random(output, sizeof(output)) == VAULT_SUCCESS);
}

static void use_with_read_only_keys(void) {
    require(mprotect(fixture.keys, FIXTURE_KEYS_SIZE, PROT_READ) == 0);
    use_every_crypto_function();
}

static void generate_with_read_only_keys(void) {
    uint32_t key = 0;
    require(mprotect(fixture.keys, FIXTURE_KEYS_SIZE, PROT_READ) == 0);
    (void)vault_generate_key(P256, SIGN_AND_VERIFY, ANY_ECDSA, &key);
}

// What class crypto may do to key memory, with page protection in the protection key's place; and that this
// would show a write.
static void crypto_functions_do_not_write_key_memory(void **state) {
    (void)state;
    assert_int_equal(end_of_child(use_with_read_only_keys), 0);
    assert_int_equal(end_of_child(generate_with_read_only_keys), SIGSEGV);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_accepts_ecdsa_signatures),
        cmocka_unit_test(openssl_accepts_rsa_signatures),
        cmocka_unit_test(signatures_of_openssl_are_verified),
        cmocka_unit_test(public_keys_are_openssls),
        cmocka_unit_test(rsa_keys_can_be_generated),
        cmocka_unit_test(key_files_can_be_imported),
        cmocka_unit_test(other_bytes_are_not_imported),
        cmocka_unit_test(destroyed_material_is_wiped),
        cmocka_unit_test(crypto_functions_do_not_write_key_memory),
    };
    return cmocka_run_group_tests_name("the vault and OpenSSL", tests, setup, NULL);
}
