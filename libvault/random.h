// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the vault's random numbers begin.
#ifndef VAULT_RANDOM_H
#define VAULT_RANDOM_H

#include <stdbool.h>
#include <stddef.h>

// Fills `output` with `size` bytes, getrandom(2) xor RDSEED or RDRAND: one of the two suffices (A31: a
// hostile parent's seccomp filter can make getrandom "succeed" without running). false, and `output` zeroed,
// if either failed or gave what no random source gives. Thread-safe; may be called before anything else of
// the vault.
bool random_seed(void *output, size_t size);

#endif
