// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What tests and benchmarks written for PSA share.
#ifndef TEST_VAULT_MAKE_KEY_H
#define TEST_VAULT_MAKE_KEY_H

#include <psa/crypto.h>

// Generates a volatile key with one algorithm. Returns what psa_generate_key() does.
static inline psa_status_t make_key(psa_key_type_t type, size_t bits, psa_key_usage_t usage,
                                    psa_algorithm_t algorithm, psa_key_id_t *key) {
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    *key = PSA_KEY_ID_NULL;
    psa_set_key_type(&attributes, type);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    return psa_generate_key(&attributes, key);
}

#endif
