// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// boot(): memory, entropy, self test, and the keys that mpk-run was given. Runs once, alone, before any
// client code, with key memory writable; no gate leads here (A57).
#include "boot.h"

#include <cpuid.h>
#include <psa/crypto.h>
#include <stdbool.h>
#include <store-abi.h>
#include <string.h>

#include "callback.h"
#include "heap.h"
#include "keyfile.h"
#include "keystore.h"
#include "random.h"
#include "selftest.h"
#include "store.h"

_Static_assert(KEYSTORE_SLOTS >= 64, "mpk-run may give 64 keys");

// Every CPU with protection keys has RDRAND; asked nevertheless, because without it the instruction is a
// fault with no message.
static bool has_rdrand(void) {
    unsigned int eax = 0;
    unsigned int ebx = 0;
    unsigned int ecx = 0;
    unsigned int edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_RDRND) != 0;
}

static int boot_status_of_file(enum keyfile_status status) {
    switch (status) {
    case KEYFILE_OK:
        return MPKGATE_BOOT_OK;
    case KEYFILE_BAD:
        return MPKGATE_BOOT_BAD_KEY;
    case KEYFILE_LOCKED:
        return MPKGATE_BOOT_KEY_LOCKED;
    case KEYFILE_KIND:
        return MPKGATE_BOOT_KEY_KIND;
    case KEYFILE_MEMORY:
        return MPKGATE_BOOT_FAILED;
    }
    return MPKGATE_BOOT_FAILED;
}

static int boot_status_of_store(psa_status_t status) {
    switch (status) {
    case PSA_SUCCESS:
        return MPKGATE_BOOT_OK;
    case PSA_ERROR_ALREADY_EXISTS:
        return MPKGATE_BOOT_KEY_TWICE;
    case PSA_ERROR_INSUFFICIENT_STORAGE:
        return MPKGATE_BOOT_NO_ROOM;
    case PSA_ERROR_NOT_SUPPORTED:
        return MPKGATE_BOOT_KEY_KIND;
    case PSA_ERROR_INVALID_ARGUMENT:
        return MPKGATE_BOOT_BAD_KEY;
    default:
        return MPKGATE_BOOT_FAILED;
    }
}

// What a key from mpk-run may do: everything that its type is for, with any hash, and nothing else.
static void set_policy(psa_key_attributes_t *attributes) {
    psa_key_type_t type = psa_get_key_type(attributes);
    if (type == PSA_KEY_TYPE_AES) {
        psa_set_key_usage_flags(attributes, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT);
        psa_set_key_algorithm(attributes, PSA_ALG_GCM);
        return;
    }
    psa_set_key_usage_flags(attributes, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE |
                                            PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_VERIFY_MESSAGE);
    if (type == PSA_KEY_TYPE_RSA_KEY_PAIR) {
        psa_set_key_algorithm(attributes, PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_ANY_HASH));
        psa_set_key_enrollment_algorithm(attributes, PSA_ALG_RSA_PSS(PSA_ALG_ANY_HASH));
    } else {
        psa_set_key_algorithm(attributes, PSA_ALG_ECDSA(PSA_ALG_ANY_HASH));
        psa_set_key_enrollment_algorithm(attributes, PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_ANY_HASH));
    }
}

static int add_key(const struct mpkgate_boot_key *key, uint8_t *material) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    size_t size = 0;
    uint32_t id = 0;
    if (key->size == 16 || key->size == 24 || key->size == 32) { // shorter than any private key's file
        psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
        psa_set_key_bits(&attributes, key->size * 8);
        memcpy(material, key->data, key->size);
        size = key->size;
    } else {
        int status = boot_status_of_file(keyfile_read(key->data, key->size, &attributes, material, &size));
        if (status != MPKGATE_BOOT_OK) {
            return status;
        }
    }
    set_policy(&attributes);
    return boot_status_of_store(keystore_add(key->name, &attributes, material, size, &id));
}

int vault_boot_key(const struct mpkgate_boot_key *key) {
    if (key->name[0] == '\0' || strlen(key->name) >= KEYSTORE_NAME_MAX) {
        return MPKGATE_BOOT_BAD_KEY;
    }
    uint8_t *material = heap_calloc(1, KEYSTORE_MATERIAL_MAX);
    if (material == NULL) {
        return MPKGATE_BOOT_FAILED;
    }
    int status = add_key(key, material);
    heap_free(material); // wipes
    return status;
}

// The end of K memory is the store key's, where no crypto operation can write.
static int boot_store(struct mpkgate_boot *boot) {
    if (boot->mailbox == NULL) {
        return MPKGATE_BOOT_OK;
    }
    uint8_t *key = (uint8_t *)boot->keys + boot->keys_size - MPKGATE_STORE_KEY_SIZE;
    memcpy(key, boot->store_key, MPKGATE_STORE_KEY_SIZE);
    return store_boot(boot, key);
}

int vault_boot(struct mpkgate_boot *boot) {
    int status = MPKGATE_BOOT_OK;
    heap_init(boot->heap, boot->heap_size); // dies if called twice
    keystore_init(boot->keys, boot->keys_size - (boot->mailbox != NULL ? MPKGATE_STORE_KEY_SIZE : 0));
    callback_init(boot->suspend);
    if (!has_rdrand() || psa_crypto_init() != PSA_SUCCESS || !selftest()) {
        return MPKGATE_BOOT_FAILED;
    }
    status = boot_store(boot);
    for (size_t i = 0; i < boot->key_count && status == MPKGATE_BOOT_OK; i++) {
        boot->failed_key = i;
        status = vault_boot_key(&boot->key[i]);
    }
    return status;
}
