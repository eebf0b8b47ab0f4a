// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libmpkgate-psa: the PSA Crypto API with the library behind the gate. Same names, same headers and same ABI
// as libmbedcrypto's; link it in that library's place or in front of it. Untrusted: it runs in the client and
// holds nothing but handles. Thread-safe.
//
// A multi-part operation of the client's has the vault's handle in the field that says whether it is active
// (`id`, for key derivation `alg`), so that PSA's initialisers mean what they always did.
#include <psa/crypto.h>
#include <vault-psa.h>

#include "client.h"

_Static_assert(sizeof((psa_hash_operation_t){0}.id) == sizeof(uint32_t), "a handle fits");
_Static_assert(sizeof((psa_key_derivation_operation_t){0}.alg) == sizeof(uint32_t), "a handle fits");

#define FIELD_hash id
#define FIELD_mac id
#define FIELD_cipher id
#define FIELD_key_derivation alg

#define PSA(class, name, gate, parameters, arguments)                                                        \
    psa_status_t psa_##name parameters {                                                                     \
        return vault_psa_##name arguments;                                                                   \
    }
#define PSA_KEYED(class, name, gate, parameters, arguments)                                                  \
    psa_status_t psa_##name parameters {                                                                     \
        psa_status_t loaded = client_load_key(key);                                                          \
        return client_status(vault_psa_##name arguments, loaded);                                            \
    }
#define PSA_OPERATION(kind, class, name, gate, parameters, arguments)                                        \
    psa_status_t psa_##name(psa_##kind##_operation_t *operation VAULT_PSA_MORE parameters) {                 \
        return vault_psa_##name(&operation->FIELD_##kind VAULT_PSA_MORE arguments);                          \
    }
#define PSA_OPERATION_KEYED(kind, class, name, gate, parameters, arguments)                                  \
    psa_status_t psa_##name(psa_##kind##_operation_t *operation VAULT_PSA_MORE parameters) {                 \
        psa_status_t loaded = client_load_key(key);                                                          \
        return client_status(vault_psa_##name(&operation->FIELD_##kind VAULT_PSA_MORE arguments), loaded);   \
    }
#define PSA_OWN(class, name, gate, parameters)
#include <vault-functions.def>

psa_status_t psa_crypto_init(void) {
    return vault_psa_crypto_init();
}

void mbedtls_psa_crypto_free(void) {
    (void)vault_psa_crypto_free();
}

void mbedtls_psa_get_stats(mbedtls_psa_stats_t *stats) {
    (void)vault_psa_get_stats(stats);
}

psa_status_t psa_generate_random(uint8_t *output, size_t output_size) {
    return vault_psa_generate_random(output, output_size);
}

psa_status_t psa_hash_clone(const psa_hash_operation_t *source_operation,
                            psa_hash_operation_t *target_operation) {
    return vault_psa_hash_clone(source_operation->id, &target_operation->id);
}

psa_status_t psa_key_derivation_get_capacity(const psa_key_derivation_operation_t *operation,
                                             size_t *capacity) {
    return vault_psa_key_derivation_get_capacity(operation->alg, capacity);
}
