// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Times operations of PSA when it is asked to, so that run.py can ask several such programs in turn. It says
// the names of its operations, one a line, and an empty line; then it reads lines "NAME CALLS" and answers
// each with the nanoseconds of so many calls.
#include <psa/crypto.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "make_key.h"

#define SIZES 4
#define LARGEST ((size_t)1024 * 1024)
#define NAME_LENGTH 48
#define OPERATIONS_MAX 64
#define NONCE_LENGTH 12 // with 13, CCM's messages end below 64 KiB
#define HASH_LENGTH 32
// IV, padding, tag. PSA fills the rest of a buffer for hashes, MACs and signatures: none is given larger than
// it must be.
#define OVERHEAD 64

struct operation {
    char name[NAME_LENGTH];
    psa_status_t (*call)(const struct operation *operation);
    psa_algorithm_t algorithm;
    psa_key_id_t key;
    size_t size; // of the message
    size_t peer_length;
    uint8_t peer[PSA_EXPORT_PUBLIC_KEY_MAX_SIZE]; // the public key of the other side, or a signature
};

static struct operation operations[OPERATIONS_MAX];
static unsigned operation_count;
static uint8_t message[LARGEST];
static uint8_t result[LARGEST + OVERHEAD];
static size_t result_length;

static void must(psa_status_t status, const char *what) {
    if (status == PSA_SUCCESS)
        return;
    fprintf(stderr, "bench-vault: %s: PSA status %d\n", what, (int)status);
    exit(1);
}

static psa_key_id_t new_key(psa_key_type_t type, size_t bits, psa_algorithm_t algorithm,
                            psa_key_usage_t usage) {
    psa_key_id_t key;
    must(make_key(type, bits, usage, algorithm, &key), "psa_generate_key");
    return key;
}

static psa_status_t hash(const struct operation *o) {
    return psa_hash_compute(o->algorithm, message, o->size, result, PSA_HASH_MAX_SIZE, &result_length);
}

static psa_status_t mac(const struct operation *o) {
    return psa_mac_compute(o->key, o->algorithm, message, o->size, result, PSA_MAC_MAX_SIZE, &result_length);
}

static psa_status_t cipher(const struct operation *o) {
    return psa_cipher_encrypt(o->key, o->algorithm, message, o->size, result, o->size + OVERHEAD,
                              &result_length);
}

static psa_status_t aead(const struct operation *o) {
    static const uint8_t nonce[NONCE_LENGTH];
    return psa_aead_encrypt(o->key, o->algorithm, nonce, sizeof nonce, NULL, 0, message, o->size, result,
                            o->size + OVERHEAD, &result_length);
}

static psa_status_t random_bytes(const struct operation *o) {
    return psa_generate_random(result, o->size);
}

static psa_status_t sign(const struct operation *o) {
    return psa_sign_hash(o->key, o->algorithm, message, HASH_LENGTH, result, PSA_SIGNATURE_MAX_SIZE,
                         &result_length);
}

static psa_status_t verify(const struct operation *o) {
    return psa_verify_hash(o->key, o->algorithm, message, HASH_LENGTH, o->peer, o->peer_length);
}

static psa_status_t agree(const struct operation *o) {
    return psa_raw_key_agreement(o->algorithm, o->key, o->peer, o->peer_length, result,
                                 PSA_RAW_KEY_AGREEMENT_OUTPUT_MAX_SIZE, &result_length);
}

static struct operation *add(const char *name, psa_status_t (*call)(const struct operation *),
                             psa_algorithm_t algorithm, psa_key_id_t key) {
    if (operation_count == OPERATIONS_MAX) {
        fputs("bench-vault: OPERATIONS_MAX is too small\n", stderr);
        exit(1);
    }
    struct operation *operation = &operations[operation_count++];
    snprintf(operation->name, sizeof operation->name, "%s", name);
    operation->call = call;
    operation->algorithm = algorithm;
    operation->key = key;
    return operation;
}

static void add_sizes(const char *name, psa_status_t (*call)(const struct operation *),
                      psa_algorithm_t algorithm, psa_key_id_t key) {
    static const struct {
        const char *name;
        size_t size;
    } sizes[SIZES] = {{"16B", 16}, {"1KiB", 1024}, {"16KiB", 16384}, {"1MiB", LARGEST}};
    for (unsigned i = 0; i < SIZES; i++) {
        char full[NAME_LENGTH];
        snprintf(full, sizeof full, "%s-%s", name, sizes[i].name);
        add(full, call, algorithm, key)->size = sizes[i].size;
    }
}

static void add_symmetric(void) {
    psa_algorithm_t hmac = PSA_ALG_HMAC(PSA_ALG_SHA_256);
    add_sizes("sha-256", hash, PSA_ALG_SHA_256, PSA_KEY_ID_NULL);
    add_sizes("hmac-sha-256", mac, hmac, new_key(PSA_KEY_TYPE_HMAC, 256, hmac, PSA_KEY_USAGE_SIGN_MESSAGE));
    add_sizes("cmac-aes-128", mac, PSA_ALG_CMAC,
              new_key(PSA_KEY_TYPE_AES, 128, PSA_ALG_CMAC, PSA_KEY_USAGE_SIGN_MESSAGE));
    static const struct {
        const char *name;
        psa_status_t (*call)(const struct operation *);
        psa_algorithm_t algorithm;
    } encryptions[] = {
        {"aes-128-cbc", cipher, PSA_ALG_CBC_NO_PADDING},
        {"aes-128-ctr", cipher, PSA_ALG_CTR},
        {"aes-128-gcm", aead, PSA_ALG_GCM},
        {"aes-128-ccm", aead, PSA_ALG_CCM},
    };
    for (size_t i = 0; i < sizeof encryptions / sizeof encryptions[0]; i++)
        add_sizes(encryptions[i].name, encryptions[i].call, encryptions[i].algorithm,
                  new_key(PSA_KEY_TYPE_AES, 128, encryptions[i].algorithm, PSA_KEY_USAGE_ENCRYPT));
    add_sizes("generate-random", random_bytes, 0, PSA_KEY_ID_NULL);
}

static void add_signature(const char *name, psa_key_type_t type, size_t bits, psa_algorithm_t algorithm) {
    char full[NAME_LENGTH];
    psa_key_id_t key = new_key(type, bits, algorithm, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH);
    snprintf(full, sizeof full, "sign-%s-%zu", name, bits);
    must(sign(add(full, sign, algorithm, key)), full);
    snprintf(full, sizeof full, "verify-%s-%zu", name, bits);
    struct operation *operation = add(full, verify, algorithm, key);
    memcpy(operation->peer, result, result_length);
    operation->peer_length = result_length;
}

static void add_agreement(size_t bits) {
    char full[NAME_LENGTH];
    psa_key_type_t type = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
    snprintf(full, sizeof full, "ecdh-p-%zu", bits);
    psa_key_id_t other = new_key(type, bits, PSA_ALG_ECDH, PSA_KEY_USAGE_DERIVE);
    struct operation *operation =
        add(full, agree, PSA_ALG_ECDH, new_key(type, bits, PSA_ALG_ECDH, PSA_KEY_USAGE_DERIVE));
    must(psa_export_public_key(other, operation->peer, sizeof operation->peer, &operation->peer_length),
         full);
    must(psa_destroy_key(other), full);
}

static void add_asymmetric(void) {
    static const size_t rsa_bits[] = {2048, 3072}, curve_bits[] = {256, 384};
    for (unsigned i = 0; i < 2; i++) {
        add_signature("rsa-pkcs1v15", PSA_KEY_TYPE_RSA_KEY_PAIR, rsa_bits[i],
                      PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256));
        add_signature("rsa-pss", PSA_KEY_TYPE_RSA_KEY_PAIR, rsa_bits[i], PSA_ALG_RSA_PSS(PSA_ALG_SHA_256));
    }
    for (unsigned i = 0; i < 2; i++) {
        add_signature("ecdsa-p", PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), curve_bits[i],
                      PSA_ALG_ECDSA(PSA_ALG_SHA_256));
        add_agreement(curve_bits[i]);
    }
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t measure(const struct operation *operation, unsigned long calls) {
    uint64_t start = now();
    for (unsigned long i = 0; i < calls; i++)
        must(operation->call(operation), operation->name);
    return now() - start;
}

static const struct operation *named(const char *name) {
    for (unsigned i = 0; i < operation_count; i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    fprintf(stderr, "bench-vault: no operation is called %s\n", name);
    exit(1);
}

int main(void) {
    must(psa_crypto_init(), "psa_crypto_init");
    add_symmetric();
    add_asymmetric();
    for (unsigned i = 0; i < operation_count; i++)
        puts(operations[i].name);
    puts("");
    fflush(stdout);
    char line[2 * NAME_LENGTH];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *calls = strchr(line, ' ');
        if (calls == NULL)
            named("");
        *calls = '\0';
        printf("%llu\n", (unsigned long long)measure(named(line), strtoul(calls + 1, NULL, 10)));
        fflush(stdout);
    }
    return 0;
}
