// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A20: memory of the attacker's among the vault's, below LIMIT.
#include "evil.h"

#include <sys/mman.h>

#define LIMIT (UINT64_C(1) << 40)

#ifndef MAP_32BIT
#define MAP_32BIT 0x40
#endif

static int judge(void *memory, const char *what) {
    if (memory == MAP_FAILED)
        return evil_failed(what);
    if ((uintptr_t)memory >= LIMIT)
        return evil_failed_because("%s: the memory came from above LIMIT", what);
    return evil_succeeded("got memory below LIMIT by %s", what);
}

int evil_map_32bit(const struct evil_target *target) {
    (void)target;
    return judge(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0),
                 "mmap with MAP_32BIT");
}

int evil_map_hint(const struct evil_target *target) {
    (void)target;
    return judge(mmap((void *)(LIMIT / 2), 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                 "mmap with a hint");
}

int evil_map_growsdown(const struct evil_target *target) {
    void *memory = mmap((void *)LIMIT, 4096, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_GROWSDOWN, -1, 0);

    (void)target;
    if (memory == MAP_FAILED)
        return evil_failed("mmap with MAP_GROWSDOWN");
    ((volatile unsigned char *)memory)[-1] = 0x41;
    return evil_succeeded("a mapping grew below LIMIT");
}

// When nothing is left above, the kernel looks below.
int evil_map_exhaust(const struct evil_target *target) {
    void *memory = MAP_FAILED;

    (void)target;
    for (uint64_t size = UINT64_C(1) << 46; size >= 1 << 20; size /= 2) {
        do {
            memory = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (memory != MAP_FAILED && (uintptr_t)memory < LIMIT)
                return evil_succeeded("got memory below LIMIT by exhaustion of what is above");
        } while (memory != MAP_FAILED);
    }
    return evil_failed("mmap, everything above LIMIT taken");
}
