// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's entry points, one a permission class (A57).
#ifndef VAULT_DISPATCH_H
#define VAULT_DISPATCH_H

#include <stdint.h>

// Called by the gate of their class on a vault stack. `block` and `index` are the client's, unchecked.
// Return 0 or a value of enum mpkgate_refusal. Thread-safe.
int64_t vault_enter_crypto(uint64_t block, uint64_t index);
int64_t vault_enter_manage(uint64_t block, uint64_t index);

// Called by the ULK gate. `block` is MPKGATE_BLOCK_MAX bytes of this vault's stack, with what the caller
// sent. Return the same. Thread-safe.
int64_t vault_serve_crypto(void *block, uint64_t index);
int64_t vault_serve_manage(void *block, uint64_t index);

#endif
