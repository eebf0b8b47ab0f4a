// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A44, A49: what helps to watch or to disturb the vault: its pages unlocked, paged out, mapped by number, and
// merged with equal ones.
#include "evil.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#endif

static void *page_of(const struct evil_target *target) {
    return (void *)((uintptr_t)target->key & ~UINT64_C(4095));
}

int evil_munlock(const struct evil_target *target) {
    if (munlock(page_of(target), 4096) != 0)
        return evil_failed("munlock of the key's page");
    return evil_succeeded("unlocked the key's page");
}

int evil_page_out(const struct evil_target *target) {
    if (madvise(page_of(target), 4096, MADV_PAGEOUT) != 0)
        return evil_failed("madvise MADV_PAGEOUT of the key's page");
    return evil_succeeded("had the key's page paged out");
}

int evil_pagemap(const struct evil_target *target) {
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    uint64_t entry;

    if (fd < 0)
        return evil_failed("open of /proc/self/pagemap");
    if (pread(fd, &entry, sizeof entry, (off_t)((uintptr_t)target->key / 4096 * sizeof entry)) !=
        sizeof entry)
        return evil_failed("pread of /proc/self/pagemap");
    return evil_succeeded("read the page map of the key");
}

int evil_memory_merge(const struct evil_target *target) {
    (void)target;
    if (prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0) != 0)
        return evil_failed("prctl PR_SET_MEMORY_MERGE");
    return evil_succeeded("equal pages are merged");
}
