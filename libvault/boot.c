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
#include "generator.h"
#include "heap.h"
#include "keyfile.h"
#include "keymemory.h"
#include "keynames.h"
#include "policy.h"
#include "selftest.h"
#include "store.h"
#include "waiting.h"

_Static_assert(KEYNAMES_MAX >= 64, "mpk-run may give 64 keys");

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
    case KEYFILE_PASSPHRASE:
        return MPKGATE_BOOT_KEY_PASSPHRASE;
    case KEYFILE_KIND:
        return MPKGATE_BOOT_KEY_KIND;
    case KEYFILE_MEMORY:
        return MPKGATE_BOOT_FAILED;
    }
    return MPKGATE_BOOT_FAILED;
}

static int boot_status_of_key(psa_status_t status) {
    switch (status) {
    case PSA_SUCCESS:
        return MPKGATE_BOOT_OK;
    case PSA_ERROR_ALREADY_EXISTS:
        return MPKGATE_BOOT_KEY_TWICE;
    case PSA_ERROR_INSUFFICIENT_STORAGE:
    case PSA_ERROR_INSUFFICIENT_MEMORY:
        return MPKGATE_BOOT_NO_ROOM;
    case PSA_ERROR_NOT_SUPPORTED:
        return MPKGATE_BOOT_KEY_KIND;
    case PSA_ERROR_INVALID_ARGUMENT:
        return MPKGATE_BOOT_BAD_KEY;
    default:
        return MPKGATE_BOOT_FAILED;
    }
}

// Without a policy of its own, a key from mpk-run may do everything that its type is for, with any hash, and
// nothing else.
static void set_default_policy(psa_key_attributes_t *attributes) {
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

static void set_policy(psa_key_attributes_t *attributes, const struct mpkgate_key_policy *policy) {
    if (policy->is_given == 0) {
        set_default_policy(attributes);
        return;
    }
    psa_set_key_usage_flags(attributes, policy->usage);
    psa_set_key_algorithm(attributes, policy->algorithm);
    psa_set_key_enrollment_algorithm(attributes, policy->algorithm2);
}

// Type, size and material from the file's bytes.
static int read_file(const struct mpkgate_boot_key *key, psa_key_attributes_t *attributes, uint8_t *material,
                     size_t *size) {
    bool is_typed = key->policy.is_given != 0 && key->policy.type != PSA_KEY_TYPE_NONE;
    if (is_typed || key->size == 16 || key->size == 24 ||
        key->size == 32) { // no private key's file is so short
        if (key->size > KEYFILE_MATERIAL_MAX) {
            return MPKGATE_BOOT_KEY_TYPE;
        }
        psa_set_key_type(attributes, is_typed ? (psa_key_type_t)key->policy.type : PSA_KEY_TYPE_AES);
        memcpy(material, key->data, key->size);
        *size = key->size;
        return MPKGATE_BOOT_OK;
    }
    return boot_status_of_file(
        keyfile_read(key->data, key->size, key->passphrase, attributes, material, size));
}

static int add_key(const struct mpkgate_boot_key *key, uint8_t *material) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    size_t size = 0;
    psa_key_id_t id = PSA_KEY_ID_NULL;
    int status = read_file(key, &attributes, material, &size);
    if (status != MPKGATE_BOOT_OK) {
        return status;
    }
    set_policy(&attributes, &key->policy);
    psa_status_t imported = psa_import_key(&attributes, material, size, &id);
    if (imported != PSA_SUCCESS && imported != PSA_ERROR_INSUFFICIENT_MEMORY && key->policy.type != 0) {
        return MPKGATE_BOOT_KEY_TYPE;
    }
    return boot_status_of_key(imported == PSA_SUCCESS ? keyname_add(key->name, id) : imported);
}

int vault_boot_key(const struct mpkgate_boot_key *key) {
    if (keyname_find(key->name) != PSA_KEY_ID_NULL) {
        return MPKGATE_BOOT_KEY_TWICE;
    }
    uint8_t *material = heap_calloc(1, KEYFILE_MATERIAL_MAX);
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
    keymemory_init(boot->keys, boot->keys_size - (boot->mailbox != NULL ? MPKGATE_STORE_KEY_SIZE : 0));
    policy_init(boot->flags);
    callback_init(boot->suspend);
    waiting_init(boot->slots);
    if (!has_rdrand() || !generator_init() || psa_crypto_init() != PSA_SUCCESS || !selftest()) {
        return MPKGATE_BOOT_FAILED;
    }
    status = boot_store(boot);
    for (size_t i = 0; i < boot->key_count && status == MPKGATE_BOOT_OK; i++) {
        boot->failed_key = i;
        status = vault_boot_key(&boot->key[i]);
    }
    return status;
}
