// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A random nonce for each file: NIST SP 800-38D (8.3) allows 2^32 files under one store key.
#include "wrap.h"

#include <mbedtls/gcm.h>
#include <string.h>

#include "machine.h"
#include "random.h"

static const uint8_t *store_key;

void wrap_init(const uint8_t *key) {
    store_key = key;
}

static bool begin(mbedtls_gcm_context *gcm) {
    mbedtls_gcm_init(gcm);
    return mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, store_key, MPKGATE_STORE_KEY_SIZE * 8) == 0;
}

bool wrap(uint64_t uid, uint64_t sequence, uint32_t flags, const void *item, size_t size, uint8_t *file) {
    mbedtls_gcm_context gcm;
    struct mpkgate_store_header header = {.magic = MPKGATE_STORE_MAGIC,
                                          .version = MPKGATE_STORE_VERSION,
                                          .flags = flags,
                                          .uid = uid,
                                          .sequence = sequence,
                                          .size = (uint32_t)size};
    bool is_done = random_seed(header.nonce, sizeof(header.nonce));
    memcpy(file, &header, sizeof(header));
    uint8_t *text = file + sizeof(header);
    is_done =
        begin(&gcm) && is_done &&
        mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, size, header.nonce, sizeof(header.nonce), file,
                                  sizeof(header), item, text, MPKGATE_STORE_TAG_SIZE, text + size) == 0;
    mbedtls_gcm_free(&gcm); // wipes
    return is_done;
}

bool wrap_header(const uint8_t *file, size_t file_size, uint64_t uid, struct mpkgate_store_header *header) {
    if (file_size < MPKGATE_STORE_FILE_MIN) {
        return false;
    }
    memcpy(header, file, sizeof(*header));
    return memcmp(header->magic, MPKGATE_STORE_MAGIC, sizeof(header->magic)) == 0 &&
           header->version == MPKGATE_STORE_VERSION && header->uid == uid &&
           header->size == file_size - MPKGATE_STORE_FILE_MIN;
}

bool unwrap(const uint8_t *file, size_t file_size, uint64_t uid, uint8_t *item) {
    mbedtls_gcm_context gcm;
    struct mpkgate_store_header header;
    if (!wrap_header(file, file_size, uid, &header)) {
        return false;
    }
    const uint8_t *text = file + sizeof(header);
    bool is_done = begin(&gcm) &&
                   mbedtls_gcm_auth_decrypt(&gcm, header.size, header.nonce, sizeof(header.nonce), file,
                                            sizeof(header), text + header.size, MPKGATE_STORE_TAG_SIZE, text,
                                            item) == 0; // which leaves zeros if the tag is wrong
    mbedtls_gcm_free(&gcm);
    return is_done;
}
