// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A24 and A25: old bytes of a patched page brought back, and two harmless pages of code moved side by side.
#include "evil.h"
#include "evil_asm.h"

#include <string.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)

int evil_dontneed_unpatch(const struct evil_target *target) {
    void *page = (void *)((uintptr_t)evil_find_pkey_set() & ~UINT64_C(4095));

    if (madvise(page, PAGE, MADV_DONTNEED) != 0)
        return evil_failed("madvise of libc's code");
    return evil_pkey_set(target);
}

int evil_mremap_code(const struct evil_target *target) {
    char *place = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void (*open_everything)(void);

    if (place == MAP_FAILED)
        return evil_cannot("mmap");
    if (mremap(evil_half_first, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED)
        return evil_failed("mremap of code");
    if (mremap(evil_half_second, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + PAGE) == MAP_FAILED)
        return evil_failed("mremap of code");
    memcpy(&open_everything, &place, sizeof place);
    open_everything();
    return evil_got(target, target->key, "a wrpkru over the seam of two moved pages");
}
