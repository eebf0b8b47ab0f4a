// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The names of the PSA Certified Crypto API, as people write them in a key policy.
#ifndef MPKGATE_LOADER_PSA_NAMES_H
#define MPKGATE_LOADER_PSA_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum psa_name_kind {
    PSA_NAME_ALGORITHM, // PSA_ALG_...
    PSA_NAME_TYPE,      // PSA_KEY_TYPE_...
    PSA_NAME_USAGE,     // PSA_KEY_USAGE_...
};

// The value of an expression as a C program would write it: a name, or a name with arguments in parentheses,
// which are expressions or decimal numbers: `PSA_ALG_ECDSA(PSA_ALG_SHA_256)`. Returns false and says nothing
// if it is not one, or of another kind. Thread-safe.
bool psa_name_value(const char *expression, enum psa_name_kind kind, uint32_t *value);

#endif
