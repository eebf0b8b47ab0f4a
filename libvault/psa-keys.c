// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gated PSA functions on keys themselves. Those that write key memory are of class manage; a persistent
// key that is not in memory is loaded by them alone.
#include "psa-keys.h"

#include <psa/crypto.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "keynames.h"
#include "operations.h"
#include "policy.h"
#include "vault-psa.h"

// From the library, for slots.
#include <psa_crypto_core.h>
#include <psa_crypto_slot_management.h>

static atomic_bool is_initialised;

_Bool psa_is_initialised(void) {
    return is_initialised;
}

int32_t vault_psa_crypto_init(void) {
    is_initialised = true; // boot() has done the rest, or there would be no vault
    return PSA_SUCCESS;
}

_Static_assert(sizeof(struct vault_psa_attributes) == 28, "vault-functions.def says size=28");

// `exponent` stays the caller's: PSA reads it during the call.
static psa_key_attributes_t attributes_of(const struct vault_psa_attributes *outside, const uint8_t *exponent,
                                          size_t exponent_length) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    attributes.core.type = outside->type;
    attributes.core.bits = outside->bits;
    attributes.core.flags = outside->flags;
    attributes.core.lifetime = outside->lifetime;
    attributes.core.id = outside->id;
    attributes.core.policy.usage = outside->usage;
    attributes.core.policy.alg = outside->algorithm;
    attributes.core.policy.alg2 = outside->algorithm2;
    attributes.domain_parameters = (void *)(uintptr_t)exponent;
    attributes.domain_parameters_size = exponent_length;
    return attributes;
}

static void tell_attributes(const psa_key_attributes_t *attributes, struct vault_psa_attributes *outside) {
    outside->type = attributes->core.type;
    outside->bits = attributes->core.bits;
    outside->flags = attributes->core.flags;
    outside->lifetime = attributes->core.lifetime;
    outside->id = attributes->core.id;
    outside->usage = attributes->core.policy.usage;
    outside->algorithm = attributes->core.policy.alg;
    outside->algorithm2 = attributes->core.policy.alg2;
}

int32_t vault_psa_get_key_attributes(uint32_t key, struct vault_psa_attributes *attributes, uint8_t *exponent,
                                     size_t exponent_size, size_t *exponent_length) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    psa_key_attributes_t inside = PSA_KEY_ATTRIBUTES_INIT;
    *exponent_length = 0;
    status = is_initialised ? psa_get_key_attributes(key, &inside) : PSA_ERROR_BAD_STATE;
    tell_attributes(&inside, attributes);
    if (inside.domain_parameters_size > exponent_size) {
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    } else if (inside.domain_parameters_size != 0) {
        memcpy(exponent, inside.domain_parameters, inside.domain_parameters_size);
        *exponent_length = inside.domain_parameters_size;
    }
    psa_reset_key_attributes(&inside);
    return status;
}

int32_t vault_psa_load_key(uint32_t key) {
    if (!is_initialised) {
        return PSA_ERROR_BAD_STATE;
    }
    return psa_load_key(key);
}

int32_t vault_psa_import_key(const struct vault_psa_attributes *attributes, const uint8_t *exponent,
                             size_t exponent_length, const uint8_t *data, size_t data_length, uint32_t *key) {
    if (!is_initialised) {
        return PSA_ERROR_BAD_STATE;
    }
    const psa_key_attributes_t inside = attributes_of(attributes, exponent, exponent_length);
    return psa_import_key(&inside, data, data_length, key);
}

int32_t vault_psa_generate_key(const struct vault_psa_attributes *attributes, const uint8_t *exponent,
                               size_t exponent_length, uint32_t *key) {
    if (!is_initialised) {
        return PSA_ERROR_BAD_STATE;
    }
    if (exponent_length != 0 && (exponent[exponent_length - 1] & 1) == 0) {
        return PSA_ERROR_INVALID_ARGUMENT; // Mbed TLS 2.28 would look for such a key for ever (A44)
    }
    const psa_key_attributes_t inside = attributes_of(attributes, exponent, exponent_length);
    return psa_generate_key(&inside, key);
}

int32_t vault_psa_copy_key(uint32_t source_key, const struct vault_psa_attributes *attributes,
                           const uint8_t *exponent, size_t exponent_length, uint32_t *target_key) {
    if (!is_initialised) {
        return PSA_ERROR_BAD_STATE;
    }
    const psa_key_attributes_t inside = attributes_of(attributes, exponent, exponent_length);
    psa_status_t loaded = psa_load_key(source_key);
    return loaded == PSA_SUCCESS ? psa_copy_key(source_key, &inside, target_key) : loaded;
}

int32_t vault_psa_key_derivation_output_key(const struct vault_psa_attributes *attributes,
                                            uint32_t *operation, uint32_t *key) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    const psa_key_attributes_t inside = attributes_of(attributes, NULL, 0);
    struct operation *taken = operation_take(operation, OPERATION_KEY_DERIVATION, &status);
    if (taken == NULL) {
        return status;
    }
    status = is_initialised ? psa_key_derivation_output_key(&inside, &taken->key_derivation, key)
                            : PSA_ERROR_BAD_STATE;
    *operation = operation_give(taken);
    return status;
}

psa_status_t key_destroy(psa_key_id_t key) {
    if (key_is_given(key)) {
        return PSA_ERROR_NOT_PERMITTED;
    }
    psa_status_t loaded = key == PSA_KEY_ID_NULL ? PSA_SUCCESS : psa_load_key(key);
    return loaded == PSA_SUCCESS ? psa_destroy_key(key) : loaded;
}

int32_t vault_psa_destroy_key(uint32_t key) {
    return is_initialised || key == PSA_KEY_ID_NULL ? key_destroy(key) : PSA_ERROR_BAD_STATE;
}

int32_t vault_psa_purge_key(uint32_t key) {
    if (!is_initialised) {
        return PSA_ERROR_BAD_STATE;
    }
    (void)psa_load_key(key);
    return psa_purge_key(key);
}

int32_t vault_psa_close_key(uint32_t key) {
    if (!is_initialised) {
        return PSA_ERROR_BAD_STATE;
    }
    return key_is_given(key) ? PSA_SUCCESS : psa_close_key(key);
}

int32_t vault_psa_export_key(uint32_t key, uint8_t *data, size_t data_size, size_t *data_length) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    *data_length = 0;
    status = is_initialised ? psa_get_key_attributes(key, &attributes) : PSA_ERROR_BAD_STATE;
    psa_key_type_t type = psa_get_key_type(&attributes);
    psa_reset_key_attributes(&attributes);
    if (status != PSA_SUCCESS) {
        return status;
    }
    if (PSA_KEY_TYPE_IS_PUBLIC_KEY(type)) {
        // Not psa_export_key(): another key may have the identifier by now, and a secret one.
        return vault_psa_export_public_key(key, data, data_size, data_length);
    }
    return policy_allows_export() ? psa_export_key(key, data, data_size, data_length)
                                  : PSA_ERROR_NOT_PERMITTED;
}

// Where a point has no room, Mbed TLS 2.28 tells how much it wants as if it had written that: the gate would
// take it for an overflow and end the process.
int32_t vault_psa_export_public_key(uint32_t key, uint8_t *data, size_t data_size, size_t *data_length) {
    psa_status_t status = PSA_ERROR_BAD_STATE;
    *data_length = 0;
    if (is_initialised) {
        status = psa_export_public_key(key, data, data_size, data_length);
    }
    if (status != PSA_SUCCESS) {
        *data_length = 0;
    }
    return status;
}

// mbedtls_psa_crypto_free(): all that the client has made and not stored. What mpk-run gave stays.
int32_t vault_psa_crypto_free(void) {
    is_initialised = false;
    for (psa_key_id_t key = PSA_KEY_ID_VOLATILE_MIN; key <= PSA_KEY_ID_VOLATILE_MAX; key++) {
        if (!key_is_given(key)) {
            (void)psa_destroy_key(key);
        }
    }
    psa_forget_persistent_keys();
    return PSA_SUCCESS;
}

unsigned char *key_material(psa_key_id_t key) {
    psa_key_slot_t *slot = NULL;
    if (psa_get_and_lock_key_slot(key, &slot) != PSA_SUCCESS) {
        return NULL;
    }
    unsigned char *material = slot->key.data;
    (void)psa_unlock_key_slot(slot);
    return material;
}
