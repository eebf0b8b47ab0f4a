// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A started vault in the test's own process, without protection keys: either the vault's sources linked into
// the test (fixture_direct.c) or the image, called through the pass's thunks (fixture_image.c).
#ifndef TEST_VAULT_FIXTURE_H
#define TEST_VAULT_FIXTURE_H

#include <stddef.h>
#include <vault-abi.h>

#define FIXTURE_KEYS_SIZE 0x4000   // bytes of K memory
#define FIXTURE_HEAP_SIZE 0x100000 // bytes of V memory

struct fixture {
    unsigned char *keys; // K memory, page-aligned
    unsigned char *heap;
    size_t failed_key; // out, as boot()'s
    size_t stack_used; // bytes, by the deepest call so far; 0 if not measured
};
extern struct fixture fixture;

// boot() with these keys. Once in a process. Returns a value of enum mpkgate_boot_status.
int fixture_boot(const struct mpkgate_boot_key *keys, size_t count);

#endif
