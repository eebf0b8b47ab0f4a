// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The slot table. Key identifiers come from the client: they are looked up,
// never followed (A40).
#include "keystore.h"

#include <string.h>

#include "die.h"
#include "machine.h"

_Static_assert((KEYSTORE_SLOTS & (KEYSTORE_SLOTS - 1)) == 0, "an identifier's low bits are its slot");

static struct {
    struct key_slot slots[KEYSTORE_SLOTS];
} store;

static struct key_slot *slot_of(uint32_t id) {
    struct key_slot *slot = &store.slots[id & (KEYSTORE_SLOTS - 1)]; // in bounds for every id, also A47
    return id != 0 && slot->id == id ? slot : NULL;
}

const struct key_slot *keystore_find(uint32_t id) {
    return slot_of(id);
}

const struct key_slot *keystore_find_name(const char *name) {
    for (size_t i = 0; i < KEYSTORE_SLOTS; i++) {
        if (store.slots[i].id != 0 && store.slots[i].permanent && strcmp(store.slots[i].name, name) == 0) {
            return &store.slots[i];
        }
    }
    return NULL;
}

static bool is_rsa_signature(psa_algorithm_t algorithm) {
    return PSA_ALG_IS_RSA_PKCS1V15_SIGN(algorithm) || PSA_ALG_IS_RSA_PSS(algorithm);
}

psa_status_t keystore_check_policy(const psa_key_attributes_t *attributes) {
    const psa_key_usage_t sign = PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE |
                                 PSA_KEY_USAGE_VERIFY_HASH | PSA_KEY_USAGE_VERIFY_MESSAGE;
    const psa_key_usage_t encrypt = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;
    psa_key_type_t type = psa_get_key_type(attributes);
    size_t bits = psa_get_key_bits(attributes);
    psa_key_usage_t usage = psa_get_key_usage_flags(attributes);
    psa_algorithm_t algorithm = psa_get_key_algorithm(attributes);
    bool served = false;

    if ((usage & ~(sign | encrypt)) != 0) {
        return PSA_ERROR_NOT_PERMITTED; // export, copy: key material never leaves the vault
    }
    if (type == PSA_KEY_TYPE_AES) {
        served = (bits == 128 || bits == 192 || bits == 256) && (usage & ~encrypt) == 0 &&
                 algorithm == PSA_ALG_GCM;
    } else if (type == PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1)) {
        served = (bits == 256 || bits == 384 || bits == 521) && (usage & ~sign) == 0 &&
                 PSA_ALG_IS_ECDSA(algorithm);
    } else if (type == PSA_KEY_TYPE_RSA_KEY_PAIR) {
        served = bits >= 2048 && bits <= 4096 && bits % 8 == 0 && (usage & ~sign) == 0 &&
                 is_rsa_signature(algorithm);
    }
    return served ? PSA_SUCCESS : PSA_ERROR_NOT_SUPPORTED;
}

static struct key_slot *free_slot(void) {
    for (size_t i = 0; i < KEYSTORE_SLOTS; i++) {
        // A slot whose identifiers are used up stays out of use.
        if (store.slots[i].id == 0 && store.slots[i].generation < UINT32_MAX / KEYSTORE_SLOTS) {
            return &store.slots[i];
        }
    }
    return NULL;
}

static void clear_slot(struct key_slot *slot) {
    uint32_t generation = slot->generation;
    vault_wipe(slot, sizeof(*slot));
    slot->generation = generation;
}

// Makes `key`, of PSA's, the slot's; its public half is kept, since verifying and exporting need no more.
static psa_status_t adopt(struct key_slot *slot, const psa_key_attributes_t *attributes, psa_key_id_t key) {
    psa_status_t status = PSA_SUCCESS;
    if (PSA_KEY_TYPE_IS_KEY_PAIR(psa_get_key_type(attributes))) {
        status = psa_export_public_key(key, slot->public_key, sizeof(slot->public_key), &slot->public_size);
    }
    if (status != PSA_SUCCESS) {
        (void)psa_destroy_key(key);
        clear_slot(slot);
        return status;
    }
    slot->attributes = *attributes;
    slot->key = key;
    slot->generation++;
    slot->id = slot->generation * KEYSTORE_SLOTS + (uint32_t)(slot - store.slots);
    return PSA_SUCCESS;
}

// PSA tells a full key memory and a full heap not apart.
static psa_status_t storage_status(psa_status_t status) {
    return status == PSA_ERROR_INSUFFICIENT_MEMORY ? PSA_ERROR_INSUFFICIENT_STORAGE : status;
}

psa_status_t keystore_add(const char *name, const psa_key_attributes_t *attributes, const uint8_t *material,
                          size_t size, uint32_t *id) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = keystore_check_policy(attributes);
    if (status != PSA_SUCCESS) {
        return status;
    }
    if (name != NULL && keystore_find_name(name) != NULL) {
        return PSA_ERROR_ALREADY_EXISTS;
    }
    struct key_slot *slot = free_slot();
    if (slot == NULL) {
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    status = psa_import_key(attributes, material, size, &key);
    if (status == PSA_SUCCESS) {
        status = adopt(slot, attributes, key);
    }
    if (status != PSA_SUCCESS) {
        return storage_status(status);
    }
    slot->permanent = name != NULL;
    if (name != NULL) {
        size_t length = strlen(name);
        die_unless(length < sizeof(slot->name));
        memcpy(slot->name, name, length);
    }
    *id = slot->id;
    return PSA_SUCCESS;
}

psa_status_t keystore_generate(const psa_key_attributes_t *attributes, uint32_t *id) {
    psa_key_id_t key = PSA_KEY_ID_NULL;
    psa_status_t status = keystore_check_policy(attributes);
    if (status != PSA_SUCCESS) {
        return status;
    }
    struct key_slot *slot = free_slot();
    if (slot == NULL) {
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    status = psa_generate_key(attributes, &key);
    if (status == PSA_SUCCESS) {
        status = adopt(slot, attributes, key);
    }
    if (status == PSA_SUCCESS) {
        *id = slot->id;
    }
    return storage_status(status);
}

psa_status_t keystore_destroy(uint32_t id) {
    struct key_slot *slot = slot_of(id);
    if (slot == NULL) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    if (slot->permanent) {
        return PSA_ERROR_NOT_PERMITTED;
    }
    psa_status_t status = psa_destroy_key(slot->key);
    clear_slot(slot);
    return status;
}

psa_status_t keystore_load_public(uint32_t id, psa_key_id_t *key) {
    const struct key_slot *slot = slot_of(id);
    if (slot == NULL) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    if (slot->public_size == 0) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    psa_key_attributes_t attributes = slot->attributes;
    psa_set_key_type(&attributes, PSA_KEY_TYPE_PUBLIC_KEY_OF_KEY_PAIR(psa_get_key_type(&attributes)));
    return psa_import_key(&attributes, slot->public_key, slot->public_size, key);
}
