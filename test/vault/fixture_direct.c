// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's sources, called as ordinary functions.
#include "fixture.h"

#include <sys/mman.h>

#include "boot.h"
#include "support.h"

struct fixture fixture;

static void *zeroed(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED);
    return memory;
}

int fixture_boot(const struct mpkgate_boot_key *keys, size_t count) {
    fixture.keys = zeroed(FIXTURE_KEYS_SIZE);
    fixture.heap = zeroed(FIXTURE_HEAP_SIZE);
    struct mpkgate_boot boot = {.keys = fixture.keys,
                                .keys_size = FIXTURE_KEYS_SIZE,
                                .heap = fixture.heap,
                                .heap_size = FIXTURE_HEAP_SIZE,
                                .key = keys,
                                .key_count = count};
    int status = vault_boot(&boot);
    fixture.failed_key = boot.failed_key;
    return status;
}
