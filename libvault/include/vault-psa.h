// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gates of the PSA functions: vault_psa_NAME() for each row of vault-functions.def. Programs do not call
// them: they include <psa/crypto.h>, call psa_NAME() and link libmpkgate-psa, which does. Parameters, errors
// and thread-safety are the PSA Certified Crypto API's, as Mbed TLS 2.28 has it; every function returns a
// psa_status_t, PSA_ERROR_INVALID_ARGUMENT also if the gate refuses the call (vault.h). Goes without
// <psa/crypto.h>.
#ifndef VAULT_PSA_H
#define VAULT_PSA_H

#include <mpkgate.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// psa_key_attributes_t without its pointer.
struct vault_psa_attributes {
    uint16_t type; // psa_key_type_t
    uint16_t bits;
    uint16_t flags;
    uint16_t reserved;   // 0
    uint32_t lifetime;   // psa_key_lifetime_t
    uint32_t id;         // psa_key_id_t
    uint32_t usage;      // psa_key_usage_t
    uint32_t algorithm;  // psa_algorithm_t
    uint32_t algorithm2; // the enrolment algorithm
};

// RSA's public exponent, big endian: the largest that Mbed TLS makes keys with is an int.
#define VAULT_PSA_EXPONENT_MAX 512 // bytes; an imported key's may be as long as its modulus

#define VAULT_PSA_GATE(class, gate) MPK_GATE("class(" #class ") " gate " refused(-135)")
#define VAULT_PSA_MORE(...) __VA_OPT__(, ) __VA_ARGS__

#define PSA(class, name, gate, parameters, arguments)                                                        \
    VAULT_PSA_GATE(class, gate) int32_t vault_psa_##name parameters;
#define PSA_KEYED PSA
#define PSA_OPERATION(kind, class, name, gate, parameters, arguments)                                        \
    VAULT_PSA_GATE(class, "inout(0,size=4) " gate)                                                           \
    int32_t vault_psa_##name(uint32_t *operation VAULT_PSA_MORE parameters);
#define PSA_OPERATION_KEYED PSA_OPERATION
#define PSA_OWN(class, name, gate, parameters)                                                               \
    VAULT_PSA_GATE(class, gate) int32_t vault_psa_##name parameters;
#include "vault-functions.def"
#undef PSA
#undef PSA_KEYED
#undef PSA_OPERATION
#undef PSA_OPERATION_KEYED
#undef PSA_OWN

#ifdef __cplusplus
}
#endif

#endif
