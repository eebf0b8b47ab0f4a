// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From what people keep keys in to what the key store takes.
#ifndef VAULT_KEYFILE_H
#define VAULT_KEYFILE_H

#include <psa/crypto.h>
#include <stddef.h>
#include <stdint.h>

#define KEYFILE_MATERIAL_MAX PSA_EXPORT_KEY_PAIR_MAX_SIZE // bytes: RSAPrivateKey of 4096 bits is the largest

enum keyfile_status {
    KEYFILE_OK = 0,
    KEYFILE_BAD,        // not a private key in PEM or DER
    KEYFILE_LOCKED,     // encrypted with a pass phrase, and none was given
    KEYFILE_PASSPHRASE, // encrypted with another one
    KEYFILE_KIND,       // of a kind or size that the vault does not serve
    KEYFILE_MEMORY,     // no memory
};

// Reads a private key: PEM or DER (PKCS#8, PKCS#1, SEC1).
//   data        `size` bytes with one NUL after them
//   passphrase  NUL-terminated, or NULL
//   attributes  out: type and bits; nothing else is touched
//   material    KEYFILE_MATERIAL_MAX bytes; out: the key in PSA's format for the type, `*material_size`
//   bytes.
//               The caller wipes it, whatever is returned
enum keyfile_status keyfile_read(const unsigned char *data, size_t size, const char *passphrase,
                                 psa_key_attributes_t *attributes, uint8_t *material, size_t *material_size);

#endif
