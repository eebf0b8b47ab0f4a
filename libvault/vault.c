// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gated functions. May assume: pointers are the vault's own copies, of the lengths that vault.h says
// (copy.c and the pass see to that); nothing else about the arguments. Each function starts from "corruption
// detected". No lock is held: PSA's own are (psa.c).
#include "vault.h"

#include <psa/crypto.h>
#include <stdbool.h>
#include <string.h>

#include "callback.h"
#include "heap.h"
#include "keyfile.h"
#include "keynames.h"
#include "machine.h"
#include "psa-keys.h"
#include "waiting.h"

_Static_assert(VAULT_WAITING_MAX == WAITING_CRYPTO_MAX, "vault.h is the client's header");

#define SAME(ours, theirs) _Static_assert((ours) == (theirs), #ours " is not PSA's")
SAME(VAULT_SUCCESS, PSA_SUCCESS);
SAME(VAULT_ERROR_GENERIC_ERROR, PSA_ERROR_GENERIC_ERROR);
SAME(VAULT_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED);
SAME(VAULT_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED);
SAME(VAULT_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT);
SAME(VAULT_ERROR_INVALID_HANDLE, PSA_ERROR_INVALID_HANDLE);
SAME(VAULT_ERROR_BUFFER_TOO_SMALL, PSA_ERROR_BUFFER_TOO_SMALL);
SAME(VAULT_ERROR_DOES_NOT_EXIST, PSA_ERROR_DOES_NOT_EXIST);
SAME(VAULT_ERROR_INSUFFICIENT_MEMORY, PSA_ERROR_INSUFFICIENT_MEMORY);
SAME(VAULT_ERROR_INSUFFICIENT_STORAGE, PSA_ERROR_INSUFFICIENT_STORAGE);
SAME(VAULT_ERROR_INSUFFICIENT_ENTROPY, PSA_ERROR_INSUFFICIENT_ENTROPY);
SAME(VAULT_ERROR_INVALID_SIGNATURE, PSA_ERROR_INVALID_SIGNATURE);
SAME(VAULT_ERROR_CORRUPTION_DETECTED, PSA_ERROR_CORRUPTION_DETECTED);
SAME(VAULT_ERROR_DATA_INVALID, PSA_ERROR_DATA_INVALID);
SAME(VAULT_KEY_TYPE_AES, PSA_KEY_TYPE_AES);
SAME(VAULT_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_TYPE_RSA_KEY_PAIR);
SAME(VAULT_KEY_TYPE_ECC_KEY_PAIR, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
SAME(VAULT_KEY_USAGE_ENCRYPT, PSA_KEY_USAGE_ENCRYPT);
SAME(VAULT_KEY_USAGE_DECRYPT, PSA_KEY_USAGE_DECRYPT);
SAME(VAULT_KEY_USAGE_SIGN_MESSAGE, PSA_KEY_USAGE_SIGN_MESSAGE);
SAME(VAULT_KEY_USAGE_VERIFY_MESSAGE, PSA_KEY_USAGE_VERIFY_MESSAGE);
SAME(VAULT_KEY_USAGE_SIGN_HASH, PSA_KEY_USAGE_SIGN_HASH);
SAME(VAULT_KEY_USAGE_VERIFY_HASH, PSA_KEY_USAGE_VERIFY_HASH);
SAME(VAULT_ALG_SHA_256, PSA_ALG_SHA_256);
SAME(VAULT_ALG_SHA_384, PSA_ALG_SHA_384);
SAME(VAULT_ALG_SHA_512, PSA_ALG_SHA_512);
SAME(VAULT_ALG_ANY_HASH, PSA_ALG_ANY_HASH);
SAME(VAULT_ALG_RSA_PKCS1V15_SIGN(VAULT_ALG_SHA_256), PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256));
SAME(VAULT_ALG_RSA_PSS(VAULT_ALG_SHA_256), PSA_ALG_RSA_PSS(PSA_ALG_SHA_256));
SAME(VAULT_ALG_ECDSA(VAULT_ALG_SHA_256), PSA_ALG_ECDSA(PSA_ALG_SHA_256));
SAME(VAULT_ALG_DETERMINISTIC_ECDSA(VAULT_ALG_SHA_256), PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256));
SAME(VAULT_ALG_GCM, PSA_ALG_GCM);
SAME(VAULT_KEY_NAME_MAX, KEYNAME_MAX);
_Static_assert(VAULT_SIGNATURE_MAX >= PSA_SIGNATURE_MAX_SIZE, "a signature may not fit");
_Static_assert(VAULT_PUBLIC_KEY_MAX >= PSA_EXPORT_PUBLIC_KEY_MAX_SIZE, "a public key may not fit");
_Static_assert(sizeof(struct vault_key_attributes) == 24, "vault.h says out(1,size=24)");

#define STREAM_PIECE 2048 // bytes on the vault's stack

int32_t vault_open_key(const char *name, uint32_t *key) {
    *key = keyname_find(name);
    return *key == PSA_KEY_ID_NULL ? PSA_ERROR_DOES_NOT_EXIST : PSA_SUCCESS;
}

int32_t vault_key_info(uint32_t key, struct vault_key_attributes *info) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    status = psa_get_key_attributes(key, &attributes);
    if (status == PSA_SUCCESS) {
        info->type = psa_get_key_type(&attributes);
        info->bits = (uint32_t)psa_get_key_bits(&attributes);
        info->usage = psa_get_key_usage_flags(&attributes);
        info->algorithm = psa_get_key_algorithm(&attributes);
        info->algorithm2 = psa_get_key_enrollment_algorithm(&attributes);
        info->permanent = key_is_given(key) ? 1 : 0;
    }
    psa_reset_key_attributes(&attributes);
    return status;
}

// Nothing of an output is left if the operation failed.
static int32_t finish(psa_status_t status, uint8_t *output, size_t size, size_t *length) {
    if (status != PSA_SUCCESS) {
        *length = 0;
        if (size != 0) {
            memset(output, 0, size);
        }
    }
    return status;
}

int32_t vault_export_public_key(uint32_t key, uint8_t *data, size_t data_size, size_t *data_length) {
    return finish(psa_export_public_key(key, data, data_size, data_length), data, data_size, data_length);
}

// A hash must be as long as the algorithm's; Mbed TLS asks that of RSA only, and PSA of ECDSA too.
static bool is_hash(uint32_t algorithm, size_t length) {
    psa_algorithm_t hash = PSA_ALG_SIGN_GET_HASH(algorithm); // 0: an algorithm that takes any
    return hash == 0 || PSA_HASH_LENGTH(hash) == length;
}

int32_t vault_sign_hash(uint32_t key, uint32_t algorithm, const uint8_t *hash, size_t hash_length,
                        uint8_t *signature, size_t signature_size, size_t *signature_length) {
    psa_status_t status = PSA_ERROR_INVALID_ARGUMENT;
    if (is_hash(algorithm, hash_length)) {
        status =
            psa_sign_hash(key, algorithm, hash, hash_length, signature, signature_size, signature_length);
    }
    return finish(status, signature, signature_size, signature_length);
}

int32_t vault_sign_message(uint32_t key, uint32_t algorithm, const uint8_t *message, size_t message_length,
                           uint8_t *signature, size_t signature_size, size_t *signature_length) {
    psa_status_t status = psa_sign_message(key, algorithm, message, message_length, signature, signature_size,
                                           signature_length);
    return finish(status, signature, signature_size, signature_length);
}

// Hashes what the reader gives. The client may take its time or never come back (A44).
static psa_status_t hash_stream(psa_algorithm_t algorithm, vault_reader *reader, void *context, uint8_t *hash,
                                size_t hash_size, size_t *hash_length) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
    uint8_t piece[STREAM_PIECE];
    int64_t got = 0;
    status = psa_hash_setup(&operation, algorithm);
    while (status == PSA_SUCCESS && (got = reader(context, piece, sizeof(piece))) > 0) {
        status = (uint64_t)got <= sizeof(piece) ? psa_hash_update(&operation, piece, (size_t)got)
                                                : PSA_ERROR_DATA_INVALID;
    }
    if (status == PSA_SUCCESS && got < 0) {
        status = got == CALLBACK_NO_STACK ? PSA_ERROR_INSUFFICIENT_MEMORY : PSA_ERROR_DATA_INVALID;
    }
    if (status == PSA_SUCCESS) {
        status = psa_hash_finish(&operation, hash, hash_size, hash_length);
    }
    (void)psa_hash_abort(&operation);
    vault_wipe(piece, sizeof(piece));
    return status;
}

int32_t vault_sign_stream(uint32_t key, uint32_t algorithm, vault_reader *reader, void *context,
                          uint8_t *signature, size_t signature_size, size_t *signature_length) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    uint8_t hash[PSA_HASH_MAX_SIZE];
    size_t hash_length = 0;
    *signature_length = 0;
    if (reader == NULL) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    status = hash_stream(PSA_ALG_SIGN_GET_HASH(algorithm), reader, context, hash, sizeof(hash), &hash_length);
    if (status == PSA_SUCCESS) {
        status =
            vault_sign_hash(key, algorithm, hash, hash_length, signature, signature_size, signature_length);
    }
    vault_wipe(hash, sizeof(hash));
    return status;
}

int32_t vault_verify_hash(uint32_t key, uint32_t algorithm, const uint8_t *hash, size_t hash_length,
                          const uint8_t *signature, size_t signature_length) {
    if (!is_hash(algorithm, hash_length)) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    return psa_verify_hash(key, algorithm, hash, hash_length, signature, signature_length);
}

int32_t vault_verify_message(uint32_t key, uint32_t algorithm, const uint8_t *message, size_t message_length,
                             const uint8_t *signature, size_t signature_length) {
    return psa_verify_message(key, algorithm, message, message_length, signature, signature_length);
}

int32_t vault_aead_encrypt(uint32_t key, uint32_t algorithm, const uint8_t *nonce, size_t nonce_length,
                           const uint8_t *additional, size_t additional_length, const uint8_t *plaintext,
                           size_t plaintext_length, uint8_t *ciphertext, size_t ciphertext_size,
                           size_t *ciphertext_length) {
    psa_status_t status =
        psa_aead_encrypt(key, algorithm, nonce, nonce_length, additional, additional_length, plaintext,
                         plaintext_length, ciphertext, ciphertext_size, ciphertext_length);
    return finish(status, ciphertext, ciphertext_size, ciphertext_length);
}

int32_t vault_aead_decrypt(uint32_t key, uint32_t algorithm, const uint8_t *nonce, size_t nonce_length,
                           const uint8_t *additional, size_t additional_length, const uint8_t *ciphertext,
                           size_t ciphertext_length, uint8_t *plaintext, size_t plaintext_size,
                           size_t *plaintext_length) {
    psa_status_t status =
        psa_aead_decrypt(key, algorithm, nonce, nonce_length, additional, additional_length, ciphertext,
                         ciphertext_length, plaintext, plaintext_size, plaintext_length);
    return finish(status, plaintext, plaintext_size, plaintext_length);
}

int32_t vault_generate_random(uint8_t *output, size_t size) {
    psa_status_t status = psa_generate_random(output, size);
    if (status != PSA_SUCCESS && size != 0) {
        memset(output, 0, size);
    }
    return status;
}

// Whether vault.h serves keys of these attributes: type, size, usage and algorithms belong together.
static psa_status_t check_attributes(const psa_key_attributes_t *attributes) {
    const psa_key_usage_t sign = PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE |
                                 PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_VERIFY_MESSAGE;
    const psa_key_usage_t encrypt = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;
    psa_key_type_t type = psa_get_key_type(attributes);
    size_t bits = psa_get_key_bits(attributes);
    psa_key_usage_t usage = psa_get_key_usage_flags(attributes);
    psa_algorithm_t algorithm = psa_get_key_algorithm(attributes);
    bool served = false;

    if ((usage & ~(sign | encrypt)) != 0) {
        return PSA_ERROR_NOT_PERMITTED; // export, copy
    }
    if (type == PSA_KEY_TYPE_AES) {
        served = (bits == 128 || bits == 192 || bits == 256) && (usage & ~encrypt) == 0 &&
                 algorithm == PSA_ALG_GCM;
    } else if (type == PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)) {
        served = (bits == 256 || bits == 384 || bits == 521) && (usage & ~sign) == 0 &&
                 PSA_ALG_IS_ECDSA(algorithm);
    } else if (type == PSA_KEY_TYPE_RSA_KEY_PAIR) {
        served = bits >= 2048 && bits <= 4096 && bits % 8 == 0 && (usage & ~sign) == 0 &&
                 (PSA_ALG_IS_RSA_PKCS1V15_SIGN(algorithm) || PSA_ALG_IS_RSA_PSS(algorithm));
    }
    return served ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

static psa_key_attributes_t attributes_of(uint32_t type, uint32_t bits, uint32_t usage, uint32_t algorithm) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    // PSA keeps types and sizes in 16 bits: what does not fit must not become another, valid value.
    psa_set_key_type(&attributes, type <= UINT16_MAX ? (psa_key_type_t)type : PSA_KEY_TYPE_NONE);
    psa_set_key_bits(&attributes, bits <= PSA_MAX_KEY_BITS ? bits : 0);
    return attributes;
}

int32_t vault_generate_key(uint32_t type, uint32_t bits, uint32_t usage, uint32_t algorithm, uint32_t *key) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    psa_key_attributes_t attributes = attributes_of(type, bits, usage, algorithm);
    *key = PSA_KEY_ID_NULL;
    status = check_attributes(&attributes);
    return status == PSA_SUCCESS ? psa_generate_key(&attributes, key) : status;
}

static psa_status_t psa_status_of(enum keyfile_status status) {
    switch (status) {
    case KEYFILE_OK:
        return PSA_SUCCESS;
    case KEYFILE_KIND:
        return PSA_ERROR_NOT_SUPPORTED;
    case KEYFILE_MEMORY:
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    default:
        return PSA_ERROR_INVALID_ARGUMENT;
    }
}

// Material and size (bits) from what the client gave. `text`: the data with a NUL after it.
static psa_status_t read_material(const uint8_t *text, size_t length, psa_key_attributes_t *attributes,
                                  uint8_t *material, size_t *size) {
    psa_key_type_t type = psa_get_key_type(attributes);
    bool scalar = PSA_KEY_TYPE_IS_ECC(type) && (length == 32 || length == 48 || length == 66);
    if (type == PSA_KEY_TYPE_AES || scalar) {
        if (length > KEYFILE_MATERIAL_MAX) {
            return PSA_ERROR_INVALID_ARGUMENT;
        }
        memcpy(material, text, length);
        *size = length;
        psa_set_key_bits(attributes, scalar && length == 66 ? 521 : length * 8);
        return PSA_SUCCESS;
    }
    psa_status_t status = psa_status_of(keyfile_read(text, length, NULL, attributes, material, size));
    if (status == PSA_SUCCESS && psa_get_key_type(attributes) != type) {
        status = PSA_ERROR_INVALID_ARGUMENT;
    }
    return status;
}

int32_t vault_import_key(uint32_t type, uint32_t usage, uint32_t algorithm, const uint8_t *data,
                         size_t data_length, uint32_t *key) {
    psa_status_t status = PSA_ERROR_INSUFFICIENT_MEMORY;
    psa_key_attributes_t attributes = attributes_of(type, 0, usage, algorithm);
    size_t size = 0;
    *key = PSA_KEY_ID_NULL;
    uint8_t *material = heap_calloc(1, KEYFILE_MATERIAL_MAX);
    uint8_t *text = data_length == SIZE_MAX ? NULL : heap_calloc(1, data_length + 1);
    if (material == NULL || text == NULL) {
        goto out;
    }
    if (data_length != 0) {
        memcpy(text, data, data_length);
    }
    status = read_material(text, data_length, &attributes, material, &size);
    if (status == PSA_SUCCESS) {
        status = check_attributes(&attributes);
    }
    if (status == PSA_SUCCESS) {
        status = psa_import_key(&attributes, material, size, key);
    }
out:
    heap_free(text); // wipes
    heap_free(material);
    return status;
}

int32_t vault_destroy_key(uint32_t key) {
    return key == PSA_KEY_ID_NULL ? PSA_ERROR_INVALID_HANDLE : key_destroy(key);
}
