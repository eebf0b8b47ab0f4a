// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See vault_pk.h. RSA goes by Mbed TLS' interface for keys that it does not have, which knows RSA alone; for
// ECDSA there is a kind of key of our own.
#include "vault_pk.h"

#include "ecdsa_der.h"

#include <mbedtls/pk_internal.h>
#include <stdlib.h>
#include <string.h>
#include <vault.h>

// VAULT_ALG_SHA_*, or 0: not one that is offered.
static uint32_t hash_of(mbedtls_md_type_t md) {
    switch (md) {
    case MBEDTLS_MD_SHA256:
        return VAULT_ALG_SHA_256;
    case MBEDTLS_MD_SHA384:
        return VAULT_ALG_SHA_384;
    case MBEDTLS_MD_SHA512:
        return VAULT_ALG_SHA_512;
    default:
        return 0;
    }
}

static int error_of(int32_t status) {
    switch (status) {
    case VAULT_SUCCESS:
        return 0;
    case VAULT_ERROR_INSUFFICIENT_MEMORY:
        return MBEDTLS_ERR_PK_ALLOC_FAILED;
    case VAULT_ERROR_NOT_SUPPORTED:
        return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
    default:
        return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
    }
}

static size_t rsa_size(void *context) {
    const struct vault_pk *key = context;

    return key->bits / 8;
}

static int rsa_sign(void *context, int (*random)(void *, unsigned char *, size_t), void *random_context,
                    int mode, mbedtls_md_type_t md, unsigned int hash_size, const unsigned char *hash,
                    unsigned char *signature) {
    const struct vault_pk *key = context;
    uint32_t algorithm = hash_of(md);
    size_t size = 0;

    (void)random;
    (void)random_context;
    if (algorithm == 0 || mode != MBEDTLS_RSA_PRIVATE)
        return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
    return error_of(vault_sign_hash(key->id, VAULT_ALG_RSA_PKCS1V15_SIGN(algorithm), hash, hash_size,
                                    signature, key->bits / 8, &size));
}

// A suite that has the server decrypt is not offered; this is what it would get.
static int rsa_decrypt(void *context, int mode, size_t *size, const unsigned char *input,
                       unsigned char *output, size_t output_size) {
    (void)context;
    (void)mode;
    (void)size;
    (void)input;
    (void)output;
    (void)output_size;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

static size_t ec_bits(const void *context) {
    const struct vault_pk *key = context;

    return key->bits;
}

static int ec_can_do(mbedtls_pk_type_t type) {
    return type == MBEDTLS_PK_ECKEY || type == MBEDTLS_PK_ECDSA;
}

static int ec_sign(void *context, mbedtls_md_type_t md, const unsigned char *hash, size_t hash_size,
                   unsigned char *signature, size_t *signature_size,
                   int (*random)(void *, unsigned char *, size_t), void *random_context) {
    const struct vault_pk *key = context;
    uint32_t algorithm = hash_of(md);
    uint8_t halves[2 * ECDSA_HALF_MAX];
    size_t size = 0;
    int error;

    (void)random;
    (void)random_context;
    if (algorithm == 0)
        return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
    error = error_of(
        vault_sign_hash(key->id, VAULT_ALG_ECDSA(algorithm), hash, hash_size, halves, sizeof halves, &size));
    if (error == 0)
        *signature_size = ecdsa_der(signature, halves, size / 2);
    return error;
}

static void *ec_allocate(void) {
    return calloc(1, sizeof(struct vault_pk));
}

static const mbedtls_pk_info_t ec_info = {
    .type = MBEDTLS_PK_ECDSA,
    .name = "EC key of the vault",
    .get_bitlen = ec_bits,
    .can_do = ec_can_do,
    .sign_func = ec_sign,
    .ctx_alloc_func = ec_allocate,
    .ctx_free_func = free,
};

static int setup_ec(const struct vault_pk *key, mbedtls_pk_context *pk) {
    int error = mbedtls_pk_setup(pk, &ec_info);

    if (error == 0)
        *(struct vault_pk *)pk->pk_ctx = *key;
    return error;
}

int vault_pk_setup(struct vault_pk *key, mbedtls_pk_context *pk, const char *name) {
    struct vault_key_attributes info;
    int32_t status = vault_open_key(name, &key->id);

    if (status == VAULT_SUCCESS)
        status = vault_key_info(key->id, &info);
    if (status != VAULT_SUCCESS)
        return status;
    key->type = info.type;
    key->bits = info.bits;
    if (key->type == VAULT_KEY_TYPE_RSA_KEY_PAIR)
        return mbedtls_pk_setup_rsa_alt(pk, key, rsa_decrypt, rsa_sign, rsa_size);
    return key->type == VAULT_KEY_TYPE_ECC_KEY_PAIR ? setup_ec(key, pk) : VAULT_ERROR_NOT_SUPPORTED;
}

int vault_pk_matches(const struct vault_pk *key, mbedtls_pk_context *public_key) {
    uint8_t ours[VAULT_PUBLIC_KEY_MAX];
    unsigned char theirs[VAULT_PUBLIC_KEY_MAX];
    // Mbed TLS writes from the end.
    unsigned char *start = theirs + sizeof theirs;
    size_t size = 0;

    if (vault_export_public_key(key->id, ours, sizeof ours, &size) != VAULT_SUCCESS)
        return 0;
    return mbedtls_pk_write_pubkey(&start, theirs, public_key) == (int)size && memcmp(start, ours, size) == 0;
}
