// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A19: the key's page unmapped, replaced, zeroed or moved by its address.
#include "evil.h"

#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>

#define PAGE 4096

static void *page_of(const struct evil_target *target) {
    return (void *)((uintptr_t)target->key & ~UINT64_C(4095));
}

int evil_munmap(const struct evil_target *target) {
    unsigned char present;

    if (munmap(page_of(target), PAGE) != 0)
        return evil_failed("munmap of the key's page");
    if (mincore(page_of(target), PAGE, &present) == 0 || errno != ENOMEM)
        return evil_failed_because("the key's page is still there");
    return evil_succeeded("unmapped the key's page");
}

int evil_mmap_fixed(const struct evil_target *target) {
    void *page =
        mmap(page_of(target), PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

    if (page == MAP_FAILED)
        return evil_failed("mmap over the key's page");
    memset(target->key, 0x41, target->key_size);
    return evil_succeeded("put a page of its own over the key");
}

// A key of zeros is a key that is known.
int evil_madvise(const struct evil_target *target) {
    if (madvise(page_of(target), PAGE, MADV_DONTNEED) != 0)
        return evil_failed("madvise of the key's page");
    for (size_t i = 0; i < target->key_size; i++) {
        if (target->key[i] != 0)
            return evil_failed_because("byte %zu of the key is not zero", i);
    }
    return evil_succeeded("zeroed %zu key bytes by madvise", target->key_size);
}

int evil_mremap(const struct evil_target *target) {
    void *moved = mremap(page_of(target), PAGE, PAGE * 2, MREMAP_MAYMOVE);
    unsigned char copy[EVIL_KEY_MAX];

    if (moved == MAP_FAILED)
        return evil_failed("mremap of the key's page");
    memcpy(copy, (char *)moved + ((uintptr_t)target->key & 4095), sizeof copy);
    return evil_got(target, copy, "mremap");
}

int evil_shmat_remap(const struct evil_target *target) {
    int segment = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);
    void *page;

    if (segment < 0)
        return evil_failed("shmget");
    page = shmat(segment, page_of(target), SHM_REMAP);
    shmctl(segment, IPC_RMID, NULL);
    if (page == (void *)-1)
        return evil_failed("shmat over the key's page");
    return evil_succeeded("put shared memory over the key");
}
