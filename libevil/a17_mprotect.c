// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A17: plain mprotect strips a protection key: execute-only and back leaves the page with key 0.
#include "evil.h"

#include <sys/mman.h>
#include <unistd.h>

int evil_mprotect(const struct evil_target *target) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)target->key & ~(page - 1));

    if (mprotect(start, page, PROT_EXEC) != 0)
        return evil_failed("mprotect of the key's page, PROT_EXEC");
    if (mprotect(start, page, PROT_READ | PROT_WRITE) != 0)
        return evil_failed("mprotect of the key's page, PROT_READ|PROT_WRITE");
    return evil_got(target, target->key, "mprotect");
}
