// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions on keys, whose attributes cross the gate without the pointer that PSA's have.
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <vault-psa.h>

#include "client.h"

psa_status_t client_load_key(psa_key_id_t key) {
    if (key < PSA_KEY_ID_USER_MIN || key > PSA_KEY_ID_USER_MAX)
        return PSA_ERROR_INVALID_HANDLE;
    return vault_psa_load_key(key);
}

psa_status_t client_status(psa_status_t status, psa_status_t loaded) {
    return status == PSA_ERROR_INVALID_HANDLE && loaded != PSA_SUCCESS ? loaded : status;
}

static struct vault_psa_attributes flat(const psa_key_attributes_t *attributes) {
    return (struct vault_psa_attributes){
        .type = attributes->core.type,
        .bits = attributes->core.bits,
        .flags = attributes->core.flags,
        .lifetime = attributes->core.lifetime,
        .id = attributes->core.id,
        .usage = attributes->core.policy.usage,
        .algorithm = attributes->core.policy.alg,
        .algorithm2 = attributes->core.policy.alg2,
    };
}

psa_status_t psa_get_key_attributes(mbedtls_svc_key_id_t key, psa_key_attributes_t *attributes) {
    struct vault_psa_attributes inside = {0};
    uint8_t exponent[VAULT_PSA_EXPONENT_MAX];
    size_t exponent_length = 0;
    psa_status_t loaded = client_load_key(key);
    psa_status_t status =
        vault_psa_get_key_attributes(key, &inside, exponent, sizeof exponent, &exponent_length);

    psa_reset_key_attributes(attributes);
    status = client_status(status, loaded);
    if (status == PSA_SUCCESS && exponent_length != 0)
        status = psa_set_key_domain_parameters(attributes, inside.type, exponent, exponent_length);
    if (status != PSA_SUCCESS)
        return status;
    attributes->core.type = inside.type;
    attributes->core.bits = inside.bits;
    attributes->core.flags = inside.flags;
    attributes->core.lifetime = inside.lifetime;
    attributes->core.id = inside.id;
    attributes->core.policy.usage = inside.usage;
    attributes->core.policy.alg = inside.algorithm;
    attributes->core.policy.alg2 = inside.algorithm2;
    return PSA_SUCCESS;
}

psa_status_t psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data, size_t data_length,
                            mbedtls_svc_key_id_t *key) {
    const struct vault_psa_attributes outside = flat(attributes);

    return vault_psa_import_key(&outside, attributes->domain_parameters, attributes->domain_parameters_size,
                                data, data_length, key);
}

psa_status_t psa_generate_key(const psa_key_attributes_t *attributes, mbedtls_svc_key_id_t *key) {
    const struct vault_psa_attributes outside = flat(attributes);

    return vault_psa_generate_key(&outside, attributes->domain_parameters, attributes->domain_parameters_size,
                                  key);
}

psa_status_t psa_copy_key(mbedtls_svc_key_id_t source_key, const psa_key_attributes_t *attributes,
                          mbedtls_svc_key_id_t *target_key) {
    const struct vault_psa_attributes outside = flat(attributes);

    return vault_psa_copy_key(source_key, &outside, attributes->domain_parameters,
                              attributes->domain_parameters_size, target_key);
}

psa_status_t psa_key_derivation_output_key(const psa_key_attributes_t *attributes,
                                           psa_key_derivation_operation_t *operation,
                                           mbedtls_svc_key_id_t *key) {
    const struct vault_psa_attributes outside = flat(attributes);

    return vault_psa_key_derivation_output_key(&outside, &operation->alg, key);
}

psa_status_t psa_export_key(mbedtls_svc_key_id_t key, uint8_t *data, size_t data_size, size_t *data_length) {
    psa_status_t loaded = client_load_key(key);

    return client_status(vault_psa_export_key(key, data, data_size, data_length), loaded);
}

psa_status_t psa_export_public_key(mbedtls_svc_key_id_t key, uint8_t *data, size_t data_size,
                                   size_t *data_length) {
    psa_status_t loaded = client_load_key(key);

    return client_status(vault_psa_export_public_key(key, data, data_size, data_length), loaded);
}

psa_status_t psa_destroy_key(mbedtls_svc_key_id_t key) {
    return vault_psa_destroy_key(key);
}

psa_status_t psa_purge_key(mbedtls_svc_key_id_t key) {
    return vault_psa_purge_key(key);
}

psa_status_t psa_open_key(mbedtls_svc_key_id_t key, psa_key_handle_t *handle) {
    psa_status_t status = vault_psa_load_key(key);

    *handle = status == PSA_SUCCESS ? key : PSA_KEY_HANDLE_INIT;
    return status == PSA_ERROR_INVALID_HANDLE ? PSA_ERROR_DOES_NOT_EXIST : status;
}

psa_status_t psa_close_key(psa_key_handle_t handle) {
    return vault_psa_close_key(handle);
}
