// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See generator.h. The lock is the generator's own: an operation that needs random numbers does not wait for
// another one that computes.
#include "generator.h"

#include <mbedtls/ctr_drbg.h>
#include <psa/crypto.h>
#include <psa/crypto_extra.h>

#include "lock.h"
#include "machine.h"
#include "random.h"

static struct {
    struct lock lock;
    bool seeded;
    mbedtls_ctr_drbg_context drbg; // counts requests and takes a new seed every 10,000
} generator;

static int seed(void *context, unsigned char *output, size_t size) {
    (void)context;
    return random_seed(output, size) ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

bool generator_init(void) {
    static const unsigned char purpose[] = "MPKGate vault";
    mbedtls_ctr_drbg_init(&generator.drbg);
    generator.seeded = mbedtls_ctr_drbg_seed(&generator.drbg, seed, NULL, purpose, sizeof(purpose)) == 0;
    return generator.seeded;
}

// One request of the generator's; the lock is not held longer than that.
static bool fill(uint8_t *output, size_t size) {
    lock_take(&generator.lock);
    bool done = generator.seeded && mbedtls_ctr_drbg_random(&generator.drbg, output, size) == 0;
    lock_release(&generator.lock);
    return done;
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *output,
                                             size_t output_size, size_t *output_length) {
    (void)context;
    for (size_t done = 0; done < output_size;) {
        size_t left = output_size - done;
        size_t part = left < MBEDTLS_CTR_DRBG_MAX_REQUEST ? left : MBEDTLS_CTR_DRBG_MAX_REQUEST;
        if (!fill(output + done, part)) {
            vault_wipe(output, output_size);
            *output_length = 0;
            return PSA_ERROR_INSUFFICIENT_ENTROPY;
        }
        done += part;
    }
    *output_length = output_size;
    return PSA_SUCCESS;
}
