// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Multi-part operations. They stay in V memory; a client has a handle (TF-M's shape), which is looked up and
// never followed (A40). A handle is given once: what is left of an operation that ended names nothing.
#ifndef VAULT_OPERATIONS_H
#define VAULT_OPERATIONS_H

#include <psa/crypto.h>
#include <stdint.h>

#define OPERATIONS_MAX 256 // at a time, in the whole process; a power of two

enum operation_kind {
    OPERATION_HASH = 1,
    OPERATION_MAC,
    OPERATION_CIPHER,
    OPERATION_KEY_DERIVATION,
};

struct operation {
    uint32_t handle;     // 0: free
    uint32_t generation; // how often this place was used
    enum operation_kind kind;
    _Bool busy; // a call works on it
    union {
        psa_hash_operation_t hash;
        psa_mac_operation_t mac;
        psa_cipher_operation_t cipher;
        psa_key_derivation_operation_t key_derivation;
    };
};

// The operation of a handle, for one call, which ends with operation_give(). Handle 0 gives a fresh one, as
// PSA's initialisers do. NULL, with `*status`:
//   PSA_ERROR_BAD_STATE            no such operation, or of another kind, and `*handle` is 0 now, as PSA does
//                                  with what is broken; or another thread's call is at work
//   PSA_ERROR_INSUFFICIENT_MEMORY  OPERATIONS_MAX are under way
// Thread-safe; no lock is held between take and give (A44).
struct operation *operation_take(uint32_t *handle, enum operation_kind kind, psa_status_t *status);

// Ends the call. Returns the handle for the client to keep: 0 if the operation is over (finished, aborted,
// failed, never set up), whose place is then wiped and free.
uint32_t operation_give(struct operation *operation);

#endif
