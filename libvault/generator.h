// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's one random number generator: CTR_DRBG with AES-256 (NIST SP 800-90A), seeded by random.h. PSA's
// random functions end here, by way of mbedtls_psa_external_get_random(), which psa/crypto_extra.h declares
// and generator.c defines: PSA_ERROR_INSUFFICIENT_ENTROPY if a source fails, now or when it is time for a new
// seed, and then the output is zeroed.
#ifndef VAULT_GENERATOR_H
#define VAULT_GENERATOR_H

#include <stdbool.h>

// Seeds it. Once, before the first random number is asked for. false: a source of randomness failed. Not
// thread-safe; mbedtls_psa_external_get_random() is.
bool generator_init(void);

#endif
