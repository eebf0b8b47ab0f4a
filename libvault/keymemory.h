// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Key material's memory: K memory, which only boot and class manage may write; every other class faults in
// vault_key_alloc()'s and vault_key_free()'s callers. What is where is kept in V memory, so that an operation
// that may only read keys finds nothing in K but keys.
#ifndef VAULT_KEYMEMORY_H
#define VAULT_KEYMEMORY_H

#include <stddef.h>

#define KEYMEMORY_PLACES 256 // pieces at once; PSA's table has 160 slots, of one piece each

// Takes over `memory`: zeroed, 16-byte aligned, of `size` bytes, for good. Once, before any other call.
void keymemory_init(void *memory, size_t size);

// `size` zeroed bytes, 16-byte aligned, for the caller to give back with vault_key_free(). NULL if size is 0
// or there is no room. Writes no K memory. Thread-safe.
void *vault_key_alloc(size_t size);

// Wipes the whole piece and gives it back. `size`: the bytes of it that are in use, at most what was asked
// for. NULL is ignored; anything else that vault_key_alloc() did not return, or that was given back before,
// ends the process. Thread-safe.
void vault_key_free(void *memory, size_t size);

#endif
