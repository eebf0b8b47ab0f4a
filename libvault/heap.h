// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's heap, in V memory. Best effort against bugs in the code that uses it: every chunk header is
// checked before it is believed, and the process ends at the first that is wrong.
#ifndef VAULT_HEAP_H
#define VAULT_HEAP_H

#include <stddef.h>

// Takes over `memory`: zeroed, 16-byte aligned, of `size` bytes (at least 4096, at most 32 GiB), for good.
// Once, before any other call.
void heap_init(void *memory, size_t size);

// count * size zeroed bytes, 16-byte aligned, for the caller to give back with heap_free(); NULL if the
// product wraps or there is no room. Thread-safe.
void *heap_calloc(size_t count, size_t size);

// Wipes and gives back. NULL is ignored. Thread-safe.
void heap_free(void *memory);

#endif
