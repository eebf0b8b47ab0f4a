// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The way of one call across the border: arguments in, the function, results out.
#ifndef VAULT_COPY_H
#define VAULT_COPY_H

#include <mpkgate-abi.h>

// Calls the function of `record` (trusted: it comes from our own compiler pass) with the argument block at
// the client's address `block` (not checked yet). Returns 0 (the function ran and its results are in the
// client's memory) or a value of enum mpkgate_refusal (nothing ran, nothing was written). A positive value:
// the call waited for the client and was given up; it has run to its end, nothing of the client's was touched
// after that, and the stack must be left by vault_leave() with that value. Ends the process if the record is
// inconsistent or the function claims to have written more than there was room for.
// Thread-safe. A client page that is not there, or vanishes, is a fault that ends the process (A44).
int64_t vault_call(const struct mpkgate_export *record, uint64_t block);

// The same for a function without pointers, whose block the ULK gate has put on this vault's stack:
// MPKGATE_BLOCK_MAX bytes, 16-aligned. A function with pointers is refused (MPKGATE_NO_FUNCTION).
int64_t vault_serve(const struct mpkgate_export *record, void *block);

#endif
