// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the helpers of Mbed TLS' test suites call of the library's internals, made of PSA's public functions.
#include <psa/crypto.h>

psa_status_t psa_destroy_persistent_key(mbedtls_svc_key_id_t key);

// The helpers call it behind the end of a test, when PSA has been shut down, to leave no stored key to the
// next.
psa_status_t psa_destroy_persistent_key(mbedtls_svc_key_id_t key) {
    psa_status_t status = psa_crypto_init();
    if (status == PSA_SUCCESS) {
        status = psa_destroy_key(key);
        mbedtls_psa_crypto_free();
    }
    return status;
}
