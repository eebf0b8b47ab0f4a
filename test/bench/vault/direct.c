// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vault's build of Mbed TLS asks of its surroundings, made of libc: for the same library called
// directly.
#include <mbedtls/ctr_drbg.h>
#include <psa/crypto.h>
#include <psa/internal_trusted_storage.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "heap.h"
#include "keymemory.h"
#include "machine.h"
#include "slots.h"

void *heap_calloc(size_t count, size_t size) {
    return calloc(count, size);
}

void heap_free(void *memory) {
    free(memory);
}

void *vault_key_alloc(size_t size) {
    return calloc(1, size);
}

void vault_key_free(void *memory, size_t size) {
    if (memory != NULL)
        explicit_bzero(memory, size);
    free(memory);
}

void vault_wipe(void *memory, size_t size) {
    explicit_bzero(memory, size);
}

// One thread.
void vault_slots_lock(void) {
}

void vault_slots_unlock(void) {
}

_Bool vault_has_store(void) {
    return 0;
}

static int entropy(void *unused, unsigned char *output, size_t size) {
    (void)unused;
    return getentropy(output, size) == 0 ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
}

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *output,
                                             size_t output_size, size_t *output_length) {
    static mbedtls_ctr_drbg_context generator;
    static int is_seeded;
    (void)context;
    if (!is_seeded) {
        mbedtls_ctr_drbg_init(&generator);
        if (mbedtls_ctr_drbg_seed(&generator, entropy, NULL, NULL, 0) != 0)
            return PSA_ERROR_INSUFFICIENT_ENTROPY;
        is_seeded = 1;
    }
    for (size_t done = 0; done < output_size; done += MBEDTLS_CTR_DRBG_MAX_REQUEST) {
        size_t left = output_size - done;
        if (mbedtls_ctr_drbg_random(&generator, output + done,
                                    left < MBEDTLS_CTR_DRBG_MAX_REQUEST ? left
                                                                        : MBEDTLS_CTR_DRBG_MAX_REQUEST) != 0)
            return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    *output_length = output_size;
    return PSA_SUCCESS;
}

// No persistent keys.
psa_status_t psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                         psa_storage_create_flags_t create_flags) {
    (void)uid;
    (void)data_length;
    (void)p_data;
    (void)create_flags;
    return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t psa_its_get(psa_storage_uid_t uid, uint32_t data_offset, uint32_t data_length, void *p_data,
                         size_t *p_data_length) {
    (void)uid;
    (void)data_offset;
    (void)data_length;
    (void)p_data;
    *p_data_length = 0;
    return PSA_ERROR_DOES_NOT_EXIST;
}

psa_status_t psa_its_get_info(psa_storage_uid_t uid, struct psa_storage_info_t *p_info) {
    (void)uid;
    memset(p_info, 0, sizeof *p_info);
    return PSA_ERROR_DOES_NOT_EXIST;
}

psa_status_t psa_its_remove(psa_storage_uid_t uid) {
    (void)uid;
    return PSA_ERROR_DOES_NOT_EXIST;
}
