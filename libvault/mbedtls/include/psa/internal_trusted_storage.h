// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where Mbed TLS looks for psa_its_*() when they are not its own files'. Its own declarations are the same
// ones.
#ifndef VAULT_PSA_INTERNAL_TRUSTED_STORAGE_H
#define VAULT_PSA_INTERNAL_TRUSTED_STORAGE_H

#include <psa/crypto_types.h>
#include <psa_crypto_its.h>

#endif
