// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The keys that the vault holds: PSA's volatile keys, with a name if they were given at boot. Key material
// lies in K memory (keymemory.h), what is known about a key, its public half included, in V memory. All
// functions: the caller holds the vault lock (vault.c) or is alone (boot).
#ifndef VAULT_KEYSTORE_H
#define VAULT_KEYSTORE_H

#include <psa/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYSTORE_SLOTS 128 // a power of two
#define KEYSTORE_NAME_MAX 64
// Bytes: RSAPrivateKey of 4096 bits is the largest.
#define KEYSTORE_MATERIAL_MAX PSA_EXPORT_KEY_PAIR_MAX_SIZE
#define KEYSTORE_PUBLIC_MAX PSA_EXPORT_PUBLIC_KEY_MAX_SIZE

struct key_slot {
    uint32_t id;                  // 0: the slot is free
    uint32_t generation;          // how often the slot was used: an identifier is never given twice
    bool permanent;               // given at boot
    char name[KEYSTORE_NAME_MAX]; // "" unless permanent
    psa_key_attributes_t attributes;
    psa_key_id_t key;   // PSA's
    size_t public_size; // 0: not a key pair
    uint8_t public_key[KEYSTORE_PUBLIC_MAX];
};

// Whether the vault serves keys of these attributes: type, size, usage and algorithms belong together.
// PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_PERMITTED (usage "export" and the like).
psa_status_t keystore_check_policy(const psa_key_attributes_t *attributes);

// Adds a key: `material` in PSA's format for the type, copied. `name` NULL: made by the client.
// PSA_ERROR_ALREADY_EXISTS (name), PSA_ERROR_INSUFFICIENT_STORAGE (slots or K memory), or why
// psa_import_key() refuses the material. Writes K memory.
psa_status_t keystore_add(const char *name, const psa_key_attributes_t *attributes, const uint8_t *material,
                          size_t size, uint32_t *id);

// Makes a key of the client's. PSA_ERROR_INSUFFICIENT_STORAGE, or why psa_generate_key() fails. Writes K
// memory.
psa_status_t keystore_generate(const psa_key_attributes_t *attributes, uint32_t *id);

// Wipes a key that the client made. PSA_ERROR_INVALID_HANDLE, PSA_ERROR_NOT_PERMITTED. Writes K memory.
psa_status_t keystore_destroy(uint32_t id);

// NULL: there is no such key.
const struct key_slot *keystore_find(uint32_t id);
const struct key_slot *keystore_find_name(const char *name);

// Makes a volatile PSA key of a pair's public half, for one operation; the caller destroys it.
// PSA_ERROR_INVALID_HANDLE, PSA_ERROR_INVALID_ARGUMENT (no public half). Neither reads nor writes K memory.
psa_status_t keystore_load_public(uint32_t id, psa_key_id_t *key);

#endif
