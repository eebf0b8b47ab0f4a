// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// psa_client COMMAND [NAME]: what a program that was written for PSA gets from libmpkgate-psa. Prints a line
// for each thing that it tries.
//
//     show NAME    the attributes of a key that mpk-run gave
//     use NAME     signs, encrypts, makes a MAC or exports, as far as the key's policy lets it
//     take NAME    tries to take the key away
//     own          a life of keys and operations of its own
#include <psa/crypto.h>
#include <stdio.h>
#include <string.h>
#include <vault.h>

#include "make_key.h"

static psa_key_id_t open_named(const char *name) {
    uint32_t key = 0;
    int32_t status = vault_open_key(name, &key);

    if (status != PSA_SUCCESS)
        printf("open: %d\n", (int)status);
    return key;
}

static void show(psa_key_id_t key) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = psa_get_key_attributes(key, &attributes);

    printf("attributes: %d type %04x bits %zu usage %x algorithm %08x and %08x\n", (int)status,
           psa_get_key_type(&attributes), psa_get_key_bits(&attributes), psa_get_key_usage_flags(&attributes),
           psa_get_key_algorithm(&attributes), psa_get_key_enrollment_algorithm(&attributes));
    psa_reset_key_attributes(&attributes);
}

static void use(psa_key_id_t key) {
    static const uint8_t text[] = "text";
    uint8_t hash[32] = {1};
    uint8_t output[PSA_SIGNATURE_MAX_SIZE];
    size_t length = 0;

    printf("sign ECDSA: %d\n", (int)psa_sign_hash(key, PSA_ALG_ECDSA(PSA_ALG_SHA_256), hash, sizeof hash,
                                                  output, sizeof output, &length));
    printf("sign RSA: %d\n", (int)psa_sign_hash(key, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256), hash,
                                                sizeof hash, output, sizeof output, &length));
    printf("MAC: %d\n", (int)psa_mac_compute(key, PSA_ALG_HMAC(PSA_ALG_SHA_256), text, sizeof text, output,
                                             sizeof output, &length));
    printf("encrypt GCM: %d\n", (int)psa_aead_encrypt(key, PSA_ALG_GCM, hash, 12, NULL, 0, text, sizeof text,
                                                      output, sizeof output, &length));
    printf("export: %d\n", (int)psa_export_key(key, output, sizeof output, &length));
    printf("export public: %d\n", (int)psa_export_public_key(key, output, sizeof output, &length));
    printf("export public into one byte: %d", (int)psa_export_public_key(key, output, 1, &length));
    printf(", %zu bytes\n", length);
}

static void take(psa_key_id_t key) {
    printf("destroy: %d\n", (int)psa_destroy_key(key));
    printf("close: %d\n", (int)psa_close_key(key));
    printf("purge: %d\n", (int)psa_purge_key(key));
    mbedtls_psa_crypto_free();
    printf("init: %d\n", (int)psa_crypto_init());
    show(key);
}

static psa_key_id_t make(psa_key_type_t type, size_t bits, psa_key_usage_t usage, psa_algorithm_t algorithm) {
    psa_key_id_t key = PSA_KEY_ID_NULL;

    printf("make %04x: %d\n", type, (int)make_key(type, bits, usage, algorithm, &key));
    return key;
}

// A hash in parts, one of its copies, and a MAC whose operation another one's handle must not reach.
static void own(void) {
    psa_hash_operation_t hash = PSA_HASH_OPERATION_INIT;
    psa_hash_operation_t copy = PSA_HASH_OPERATION_INIT;
    psa_mac_operation_t mac = PSA_MAC_OPERATION_INIT;
    psa_key_id_t key =
        make(PSA_KEY_TYPE_HMAC, 256, PSA_KEY_USAGE_SIGN_MESSAGE, PSA_ALG_HMAC(PSA_ALG_SHA_256));
    uint8_t output[PSA_HASH_MAX_SIZE];
    size_t length = 0;

    printf("hash: %d", (int)psa_hash_setup(&hash, PSA_ALG_SHA_256));
    printf(" %d", (int)psa_hash_update(&hash, (const uint8_t *)"abc", 3));
    copy.id = 0x7fffffff;
    printf(" of an invented handle %d", (int)psa_hash_update(&copy, (const uint8_t *)"abc", 3));
    mac.id = hash.id;
    printf(" of another kind %d", (int)psa_mac_update(&mac, (const uint8_t *)"abc", 3));
    copy.id = 0;
    printf(" copy %d", (int)psa_hash_clone(&hash, &copy));
    unsigned int stale = hash.id;
    printf(" finish %d", (int)psa_hash_finish(&hash, output, sizeof output, &length));
    printf(" %02x%02x%02x%02x", output[0], output[1], output[2], output[3]);
    hash.id = stale;
    printf(" stale %d", (int)psa_hash_update(&hash, (const uint8_t *)"abc", 3));
    printf(" abort %d\n", (int)psa_hash_abort(&copy));
    mac = psa_mac_operation_init();
    printf("MAC: %d", (int)psa_mac_sign_setup(&mac, key, PSA_ALG_HMAC(PSA_ALG_SHA_256)));
    printf(" %d", (int)psa_mac_update(&mac, (const uint8_t *)"abc", 3));
    printf(" %d %zu\n", (int)psa_mac_sign_finish(&mac, output, sizeof output, &length), length);
    printf("destroy: %d\n", (int)psa_destroy_key(key));
    printf("gone: %d\n", (int)psa_mac_sign_setup(&mac, key, PSA_ALG_HMAC(PSA_ALG_SHA_256)));
}

int main(int argc, char **argv) {
    const char *command = argc > 1 ? argv[1] : "";
    psa_key_id_t key = argc > 2 ? open_named(argv[2]) : PSA_KEY_ID_NULL;

    if (psa_crypto_init() != PSA_SUCCESS)
        return 2;
    if (strcmp(command, "show") == 0)
        show(key);
    else if (strcmp(command, "use") == 0)
        use(key);
    else if (strcmp(command, "take") == 0)
        take(key);
    else if (strcmp(command, "own") == 0)
        own();
    else
        return 2;
    return 0;
}
