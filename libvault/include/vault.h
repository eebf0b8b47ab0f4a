// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's functions, for clients and for the vault itself. Semantics, numbers and status codes are those
// of the PSA Certified Crypto API 1.0 as Mbed TLS 2.28 has it; the names are our own, so that this header
// goes with or without <psa/crypto.h>. vault.c proves at compile time that every number here is PSA's.
//
// A client compiled with -fpass-plugin=MPKGate.so calls these through gates: buffers are copied into the
// vault before the call and results out after it. The buffers of one call may overlap each other.
// Every function returns VAULT_SUCCESS or a VAULT_ERROR_ code; every one returns VAULT_ERROR_INVALID_ARGUMENT
// if the gate refuses the call (a pointer that is not the client's, a length that wraps, no free vault stack,
// or no memory in the vault for the copies). Outputs are zero or untouched unless VAULT_SUCCESS is returned.
// Every function may be called from any number of threads at once.
#ifndef VAULT_H
#define VAULT_H

#include <mpkgate.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Status codes: psa_status_t.
#define VAULT_SUCCESS 0
#define VAULT_ERROR_GENERIC_ERROR (-132)
#define VAULT_ERROR_NOT_PERMITTED (-133)
#define VAULT_ERROR_NOT_SUPPORTED (-134)
#define VAULT_ERROR_INVALID_ARGUMENT (-135)
#define VAULT_ERROR_INVALID_HANDLE (-136)
#define VAULT_ERROR_BUFFER_TOO_SMALL (-138)
#define VAULT_ERROR_DOES_NOT_EXIST (-140)
#define VAULT_ERROR_INSUFFICIENT_MEMORY (-141)
#define VAULT_ERROR_INSUFFICIENT_STORAGE (-142)
#define VAULT_ERROR_INSUFFICIENT_ENTROPY (-148)
#define VAULT_ERROR_INVALID_SIGNATURE (-149)
#define VAULT_ERROR_CORRUPTION_DETECTED (-151)
#define VAULT_ERROR_DATA_INVALID (-153)

// Key types: psa_key_type_t.
#define VAULT_KEY_TYPE_AES UINT32_C(0x2400)          // 128, 192, 256 bits
#define VAULT_KEY_TYPE_RSA_KEY_PAIR UINT32_C(0x7001) // 2048 to 4096 bits
#define VAULT_KEY_TYPE_ECC_KEY_PAIR UINT32_C(0x7112) // NIST P-256, P-384, P-521: 256, 384, 521 bits

// What a key may be used for: psa_key_usage_t, or-ed. A key that may sign hashes may sign messages, and
// likewise for verifying. There is no usage "export": private keys do not leave.
#define VAULT_KEY_USAGE_ENCRYPT UINT32_C(0x0100)
#define VAULT_KEY_USAGE_DECRYPT UINT32_C(0x0200)
#define VAULT_KEY_USAGE_SIGN_MESSAGE UINT32_C(0x0400)
#define VAULT_KEY_USAGE_VERIFY_MESSAGE UINT32_C(0x0800)
#define VAULT_KEY_USAGE_SIGN_HASH UINT32_C(0x1000)
#define VAULT_KEY_USAGE_VERIFY_HASH UINT32_C(0x2000)

// Algorithms: psa_algorithm_t. `hash` is one of VAULT_ALG_SHA_*; VAULT_ALG_ANY_HASH in a key's policy only.
#define VAULT_ALG_SHA_256 UINT32_C(0x02000009)
#define VAULT_ALG_SHA_384 UINT32_C(0x0200000a)
#define VAULT_ALG_SHA_512 UINT32_C(0x0200000b)
#define VAULT_ALG_ANY_HASH UINT32_C(0x020000ff)
#define VAULT_ALG_RSA_PKCS1V15_SIGN(hash) (UINT32_C(0x06000200) | ((hash) & UINT32_C(0xff)))
#define VAULT_ALG_RSA_PSS(hash) (UINT32_C(0x06000300) | ((hash) & UINT32_C(0xff)))
#define VAULT_ALG_ECDSA(hash) (UINT32_C(0x06000600) | ((hash) & UINT32_C(0xff)))
#define VAULT_ALG_DETERMINISTIC_ECDSA(hash) (UINT32_C(0x06000700) | ((hash) & UINT32_C(0xff)))
#define VAULT_ALG_GCM UINT32_C(0x05500200) // 16-byte tag

// Sizes of buffers that are always large enough, in bytes.
#define VAULT_KEY_NAME_MAX 64    // with the NUL
#define VAULT_SIGNATURE_MAX 512  // RSA 4096
#define VAULT_PUBLIC_KEY_MAX 529 // RSA 4096
#define VAULT_AEAD_TAG_SIZE 16   // GCM: what a ciphertext has more than its plaintext

// Attributes of a key, as psa_get_key_attributes() tells them.
struct vault_key_attributes {
    uint32_t type;       // VAULT_KEY_TYPE_
    uint32_t bits;       // size of the key
    uint32_t usage;      // VAULT_KEY_USAGE_
    uint32_t algorithm;  // the algorithm that the key may be used with
    uint32_t algorithm2; // a second one, or 0 (PSA: enrollment algorithm)
    uint32_t permanent;  // 1: given by mpk-run --key, cannot be destroyed
};

// Finds a key that `mpk-run --key NAME=FILE` has given.
//   name  NUL-terminated, at most VAULT_KEY_NAME_MAX bytes with the NUL
//   key   out: its identifier, valid in this process
// VAULT_ERROR_DOES_NOT_EXIST: no key has that name.
MPK_GATE("str(0,max=64) out(1,size=4) refused(-135)")
int32_t vault_open_key(const char *name, uint32_t *key);

// The attributes of a key. VAULT_ERROR_INVALID_HANDLE: no such key.
MPK_GATE("out(1,size=24) refused(-135)")
int32_t vault_key_info(uint32_t key, struct vault_key_attributes *info);

// The public half of a key pair, as psa_export_public_key(): for EC keys the uncompressed point
// (04 || x || y), for RSA keys the DER form of RSAPublicKey. At most VAULT_PUBLIC_KEY_MAX bytes.
// VAULT_ERROR_INVALID_ARGUMENT: not a key pair. VAULT_ERROR_BUFFER_TOO_SMALL.
MPK_GATE("out(1,cap=2,len=3) refused(-135)")
int32_t vault_export_public_key(uint32_t key, uint8_t *data, size_t data_size, size_t *data_length);

// Signs a hash or a message, as psa_sign_hash() and psa_sign_message(): ECDSA signatures are r || s.
//   algorithm  VAULT_ALG_ECDSA(hash) and the like, permitted by the key
//   signature  `signature_size` bytes of room, at most VAULT_SIGNATURE_MAX are used
// VAULT_ERROR_INVALID_HANDLE, _NOT_PERMITTED (the key's policy), _BUFFER_TOO_SMALL, _INVALID_ARGUMENT (a hash
// of another length than the algorithm's, a key of another type).
MPK_GATE("in(2,len=3) out(4,cap=5,len=6) refused(-135)")
int32_t vault_sign_hash(uint32_t key, uint32_t algorithm, const uint8_t *hash, size_t hash_length,
                        uint8_t *signature, size_t signature_size, size_t *signature_length);
MPK_GATE("in(2,len=3) out(4,cap=5,len=6) refused(-135)")
int32_t vault_sign_message(uint32_t key, uint32_t algorithm, const uint8_t *message, size_t message_length,
                           uint8_t *signature, size_t signature_size, size_t *signature_length);

// Signs a message of any size that a function of the client's hands over piece by piece; the vault holds one
// piece at a time. The signature is that of vault_sign_message(), and the key needs
// VAULT_KEY_USAGE_SIGN_HASH.
//   reader   fills at most `size` bytes of `buffer` and returns how many; 0 at the end; below 0 to give up.
//            It runs as client code, on the client's stack, may call the vault, this function included, and
//            must return: one that leaves by longjmp() keeps a stack of the vault's for as long as its thread
//            lives. If the thread ends in it, the vault ends the call, and nothing of the call's arguments is
//            written.
//   context  handed to `reader` as it is
// VAULT_ERROR_DATA_INVALID: the reader gave up, or returned more than `size`.
// VAULT_ERROR_INSUFFICIENT_MEMORY: VAULT_WAITING_MAX calls of this process, in one thread's readers or in
// many threads', wait for their readers already; other calls are not concerned, and it can be tried again
// when one of those has returned. The reader has not been called for the piece that failed.
// Otherwise as vault_sign_message().
#define VAULT_WAITING_MAX 48
typedef int64_t vault_reader(void *context, void *buffer, size_t size);
MPK_GATE("callback(2,context=3,read) out(4,cap=5,len=6) refused(-135)")
int32_t vault_sign_stream(uint32_t key, uint32_t algorithm, vault_reader *reader, void *context,
                          uint8_t *signature, size_t signature_size, size_t *signature_length);

// Verifies a signature, as psa_verify_hash() and psa_verify_message(), with the key's public half; the
// private half is not read. VAULT_ERROR_INVALID_SIGNATURE: it is not the key's signature.
MPK_GATE("in(2,len=3) in(4,len=5) refused(-135)")
int32_t vault_verify_hash(uint32_t key, uint32_t algorithm, const uint8_t *hash, size_t hash_length,
                          const uint8_t *signature, size_t signature_length);
MPK_GATE("in(2,len=3) in(4,len=5) refused(-135)")
int32_t vault_verify_message(uint32_t key, uint32_t algorithm, const uint8_t *message, size_t message_length,
                             const uint8_t *signature, size_t signature_length);

// Authenticated encryption, as psa_aead_encrypt() and psa_aead_decrypt(): ciphertext || tag. A nonce must
// never be used twice with one key. VAULT_ERROR_INVALID_SIGNATURE: the ciphertext, the nonce or the
// additional data is not what was encrypted; nothing is put out then.
MPK_GATE("in(2,len=3) in(4,len=5) in(6,len=7) out(8,cap=9,len=10) refused(-135)")
int32_t vault_aead_encrypt(uint32_t key, uint32_t algorithm, const uint8_t *nonce, size_t nonce_length,
                           const uint8_t *additional, size_t additional_length, const uint8_t *plaintext,
                           size_t plaintext_length, uint8_t *ciphertext, size_t ciphertext_size,
                           size_t *ciphertext_length);
MPK_GATE("in(2,len=3) in(4,len=5) in(6,len=7) out(8,cap=9,len=10) refused(-135)")
int32_t vault_aead_decrypt(uint32_t key, uint32_t algorithm, const uint8_t *nonce, size_t nonce_length,
                           const uint8_t *additional, size_t additional_length, const uint8_t *ciphertext,
                           size_t ciphertext_length, uint8_t *plaintext, size_t plaintext_size,
                           size_t *plaintext_length);

// `size` random bytes from the vault's generator, as psa_generate_random().
MPK_GATE("out(0,cap=1) refused(-135)")
int32_t vault_generate_random(uint8_t *output, size_t size);

// Makes a key inside the vault. It lives until vault_destroy_key() or the end of the process.
//   type, bits  VAULT_KEY_TYPE_; bits as listed there
//   usage       VAULT_KEY_USAGE_, those that the type has
//   algorithm   the one algorithm that the key may be used with; VAULT_ALG_ANY_HASH allowed
//   key         out: its identifier
// VAULT_ERROR_NOT_SUPPORTED: the type does not come in that size or with that algorithm or usage.
// VAULT_ERROR_INSUFFICIENT_MEMORY: key memory, the key table or the heap is full.
MPK_GATE("class(manage) out(4,size=4) refused(-135)")
int32_t vault_generate_key(uint32_t type, uint32_t bits, uint32_t usage, uint32_t algorithm, uint32_t *key);

// Takes a copy of the client's key into the vault; the client should then wipe its own.
//   data  AES: the key's bytes. Key pairs: PEM or DER (PKCS#8, PKCS#1, SEC1), not encrypted; or for EC the
//         private value in PSA's form (big endian, as many bytes as the field has)
// Otherwise as vault_generate_key(). VAULT_ERROR_INVALID_ARGUMENT: `data` is not a key of that type.
MPK_GATE("class(manage) in(3,len=4) out(5,size=4) refused(-135)")
int32_t vault_import_key(uint32_t type, uint32_t usage, uint32_t algorithm, const uint8_t *data,
                         size_t data_length, uint32_t *key);

// Wipes a key made by vault_generate_key() or vault_import_key(). VAULT_ERROR_NOT_PERMITTED: it came from
// mpk-run. VAULT_ERROR_INVALID_HANDLE: no such key.
MPK_GATE("class(manage) refused(-135)")
int32_t vault_destroy_key(uint32_t key);

#ifdef __cplusplus
}
#endif

#endif
