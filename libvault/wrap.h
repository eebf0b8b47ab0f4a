// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Items of the store, wrapped with AES-256-GCM under the store key (store-abi.h has the form).
#ifndef VAULT_WRAP_H
#define VAULT_WRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <store-abi.h>

// What an item of `size` bytes is long when wrapped.
#define WRAPPED_SIZE(size) ((size) + MPKGATE_STORE_FILE_MIN)

// `key`: MPKGATE_STORE_KEY_SIZE bytes that stay where they are, for good.
void wrap_init(const uint8_t *key);

// Wraps `size` bytes, at most UINT32_MAX, into WRAPPED_SIZE(size) bytes at `file`. false: no memory or no
// random numbers. Thread-safe.
bool wrap(uint64_t uid, uint64_t sequence, uint32_t flags, const void *item, size_t size, uint8_t *file);

// The header of a file whose form is right and which is of `uid`; nothing is proved of it yet. false: some
// other file.
bool wrap_header(const uint8_t *file, size_t file_size, uint64_t uid, struct mpkgate_store_header *header);

// Unwraps a file of `uid` into `item`, WRAPPED_SIZE's inverse of bytes. false: not of this key, uid and form,
// or changed; `item` holds nothing of it then. Thread-safe.
bool unwrap(const uint8_t *file, size_t file_size, uint64_t uid, uint8_t *item);

#endif
