// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What Mbed TLS expects beside internal_trusted_storage.h: psa_status_t and its values, which are PSA
// Crypto's.
#ifndef VAULT_PSA_ERROR_H
#define VAULT_PSA_ERROR_H

#include <psa/crypto.h>

#endif
