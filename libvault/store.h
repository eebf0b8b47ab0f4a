// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The persistent store: what PSA Crypto asks of "internal trusted storage" (PSA Storage API 1.0; the
// declarations are those of Mbed TLS' psa_crypto_its.h, which is not installed).
#ifndef VAULT_STORE_H
#define VAULT_STORE_H

#include <psa/crypto_types.h>
#include <psa/crypto_values.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vault-abi.h>

typedef uint64_t psa_storage_uid_t;
typedef uint32_t psa_storage_create_flags_t;
#define PSA_STORAGE_FLAG_WRITE_ONCE 1u

struct psa_storage_info_t {
    uint32_t size;
    psa_storage_create_flags_t flags;
};

// Takes all files from the keeper and verifies each. `boot` has a mailbox; `key` is the store key in memory
// that stays. Returns as boot(), and on failure puts the uid of the file meant into boot->failed_item. Once,
// during boot.
int store_boot(struct mpkgate_boot *boot, const uint8_t *key);

// Whether there is a store: whether a key can be persistent.
bool store_is_open(void);

// The four functions of the API. All are thread-safe and touch no client memory; `set` and `remove` wait for
// the disk. Without a store set is PSA_ERROR_NOT_SUPPORTED, and nothing exists.
//
// PSA_ERROR_INVALID_HANDLE (uid 0), PSA_ERROR_NOT_SUPPORTED (flags), PSA_ERROR_NOT_PERMITTED (written once),
// PSA_ERROR_INSUFFICIENT_STORAGE (an item above 16 KiB, 1,024 items, or the disk is full),
// PSA_ERROR_INSUFFICIENT_MEMORY (of the vault's heap), PSA_ERROR_STORAGE_FAILURE (also: the keeper has gone).
// If one of the last four comes back, the item is as before; after a PSA_ERROR_STORAGE_FAILURE because of
// which every later change fails, too, the next start may find it changed.
psa_status_t psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                         psa_storage_create_flags_t create_flags);

// PSA_ERROR_DOES_NOT_EXIST, PSA_ERROR_INVALID_ARGUMENT (the range leads out of the item),
// PSA_ERROR_INSUFFICIENT_MEMORY, PSA_ERROR_DATA_CORRUPT (it was changed in memory).
psa_status_t psa_its_get(psa_storage_uid_t uid, uint32_t data_offset, uint32_t data_length, void *p_data,
                         size_t *p_data_length);

// PSA_ERROR_DOES_NOT_EXIST.
psa_status_t psa_its_get_info(psa_storage_uid_t uid, struct psa_storage_info_t *p_info);

// PSA_ERROR_DOES_NOT_EXIST, PSA_ERROR_NOT_PERMITTED (written once), and as psa_its_set().
psa_status_t psa_its_remove(psa_storage_uid_t uid);

#endif
