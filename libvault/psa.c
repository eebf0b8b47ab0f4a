// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gated PSA functions of vault-functions.def but those on keys (psa-keys.c). May assume: pointers are the
// vault's own copies, of the lengths that the table says; nothing else about the arguments. PSA checks what
// PSA says; its slot table, the heap and the generator have locks of their own, and no lock is held here, so
// calls run side by side.
#include "vault-psa.h"

#include <psa/crypto.h>
#include <string.h>

#include "operations.h"
#include "psa-keys.h"

_Static_assert(sizeof(mbedtls_psa_stats_t) == 64, "vault-functions.def says size=64");

#define KIND_hash OPERATION_HASH
#define KIND_mac OPERATION_MAC
#define KIND_cipher OPERATION_CIPHER
#define KIND_key_derivation OPERATION_KEY_DERIVATION

#define PSA(class, name, gate, parameters, arguments)                                                        \
    int32_t vault_psa_##name parameters {                                                                    \
        return psa_##name arguments;                                                                         \
    }
#define PSA_KEYED(class, name, gate, parameters, arguments)                                                  \
    int32_t vault_psa_##name parameters {                                                                    \
        return psa_is_initialised() ? psa_##name arguments : PSA_ERROR_BAD_STATE;                            \
    }
#define ON_OPERATION(kind, name, parameters, call)                                                           \
    int32_t vault_psa_##name(uint32_t *operation VAULT_PSA_MORE parameters) {                                \
        psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;                                                 \
        struct operation *taken = operation_take(operation, KIND_##kind, &status);                           \
        if (taken == NULL) {                                                                                 \
            return status;                                                                                   \
        }                                                                                                    \
        status = call;                                                                                       \
        *operation = operation_give(taken);                                                                  \
        return status;                                                                                       \
    }
#define PSA_OPERATION(kind, class, name, gate, parameters, arguments)                                        \
    ON_OPERATION(kind, name, parameters, psa_##name(&taken->kind VAULT_PSA_MORE arguments))
// Without psa_crypto_init() there is no key; PSA finds out with the operation in hand, and so ends it.
#define PSA_OPERATION_KEYED(kind, class, name, gate, parameters, arguments)                                  \
    ON_OPERATION(kind, name, parameters,                                                                     \
                 psa_is_initialised() ? psa_##name(&taken->kind VAULT_PSA_MORE arguments)                    \
                                      : PSA_ERROR_BAD_STATE)
#define PSA_OWN(class, name, gate, parameters)
#include "vault-functions.def"

int32_t vault_psa_get_stats(void *stats) {
    mbedtls_psa_get_stats(stats);
    return PSA_SUCCESS;
}

int32_t vault_psa_generate_random(uint8_t *output, size_t output_size) {
    return psa_is_initialised() ? psa_generate_random(output, output_size) : PSA_ERROR_BAD_STATE;
}

int32_t vault_psa_hash_clone(uint32_t source_operation, uint32_t *target_operation) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    struct operation *target = operation_take(target_operation, OPERATION_HASH, &status);
    if (target == NULL) {
        return status;
    }
    struct operation *source = operation_take(&source_operation, OPERATION_HASH, &status);
    if (source != NULL) {
        status = psa_hash_clone(&source->hash, &target->hash);
        (void)operation_give(source);
    }
    *target_operation = operation_give(target);
    return status;
}

int32_t vault_psa_key_derivation_get_capacity(uint32_t operation, size_t *capacity) {
    psa_status_t status = PSA_ERROR_CORRUPTION_DETECTED;
    struct operation *taken = operation_take(&operation, OPERATION_KEY_DERIVATION, &status);
    *capacity = 0;
    if (taken != NULL) {
        status = psa_key_derivation_get_capacity(&taken->key_derivation, capacity);
        (void)operation_give(taken);
    }
    return status;
}
