// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PEM and DER by Mbed TLS' own parser; from its result only the private value is taken, so that a file whose
// two halves do not belong together cannot make a key pair that disagrees with itself.
#include "keyfile.h"

#include <mbedtls/error.h>
#include <mbedtls/pk.h>
#include <string.h>

#include "heap.h"

static enum keyfile_status status_of(int error) {
    switch (error) {
    case MBEDTLS_ERR_PK_PASSWORD_REQUIRED:
        return KEYFILE_LOCKED;
    case MBEDTLS_ERR_PK_PASSWORD_MISMATCH:
        return KEYFILE_PASSPHRASE;
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
        return KEYFILE_MEMORY;
    default:
        break;
    }
    switch (-(-error & 0xff80)) { // the high-level half of a Mbed TLS error code
    case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
    case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
    case MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE:
        return KEYFILE_KIND;
    default:
        return KEYFILE_BAD;
    }
}

static enum keyfile_status read_ec(const mbedtls_ecp_keypair *pair, psa_key_attributes_t *attributes,
                                   uint8_t *material, size_t *material_size) {
    if (pair->grp.id != MBEDTLS_ECP_DP_SECP256R1 && pair->grp.id != MBEDTLS_ECP_DP_SECP384R1 &&
        pair->grp.id != MBEDTLS_ECP_DP_SECP521R1) {
        return KEYFILE_KIND;
    }
    psa_set_key_type(attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(attributes, pair->grp.nbits);
    *material_size = PSA_BITS_TO_BYTES(pair->grp.nbits);
    return mbedtls_mpi_write_binary(&pair->d, material, *material_size) == 0 ? KEYFILE_OK : KEYFILE_BAD;
}

static enum keyfile_status read_rsa(mbedtls_pk_context *pk, psa_key_attributes_t *attributes,
                                    uint8_t *material, size_t *material_size) {
    const mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*pk);
    size_t bits = mbedtls_pk_get_bitlen(pk);
    if (bits < 2048 || bits > PSA_VENDOR_RSA_MAX_KEY_BITS || bits % 8 != 0) {
        return KEYFILE_KIND;
    }
    if (mbedtls_rsa_check_privkey(rsa) != 0) {
        return KEYFILE_BAD;
    }
    int written = mbedtls_pk_write_key_der(pk, material, KEYFILE_MATERIAL_MAX); // at the buffer's end
    if (written <= 0) {
        return KEYFILE_BAD;
    }
    memmove(material, material + KEYFILE_MATERIAL_MAX - written, (size_t)written);
    psa_set_key_type(attributes, PSA_KEY_TYPE_RSA_KEY_PAIR);
    psa_set_key_bits(attributes, bits);
    *material_size = (size_t)written;
    return KEYFILE_OK;
}

enum keyfile_status keyfile_read(const unsigned char *data, size_t size, const char *passphrase,
                                 psa_key_attributes_t *attributes, uint8_t *material, size_t *material_size) {
    enum keyfile_status status = KEYFILE_BAD;
    mbedtls_pk_context pk;
    mbedtls_pk_init(&pk);
    // Mbed TLS takes PEM only with its NUL counted, and DER only without.
    size_t text = strstr((const char *)data, "-----BEGIN") != NULL ? 1 : 0;
    int error = mbedtls_pk_parse_key(&pk, data, size + text, (const unsigned char *)passphrase,
                                     passphrase == NULL ? 0 : strlen(passphrase));
    if (error != 0) {
        status = status_of(error);
    } else if (mbedtls_pk_get_type(&pk) == MBEDTLS_PK_RSA) {
        status = read_rsa(&pk, attributes, material, material_size);
    } else if (mbedtls_pk_get_type(&pk) == MBEDTLS_PK_ECKEY) {
        status = read_ec(mbedtls_pk_ec(pk), attributes, material, material_size);
    } else {
        status = KEYFILE_KIND;
    }
    mbedtls_pk_free(&pk); // wipes
    return status;
}
