// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A21: linear address masking lets system calls ignore bits 57 to 62 of an address, which is then above any
// limit. It is the CPU's to have.
#include "evil.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int evil_tagged_address(const struct evil_target *target) {
    uintptr_t page = (uintptr_t)target->key & ~UINT64_C(4095);
    int enabled = syscall(SYS_arch_prctl, 0x4002 /* ARCH_ENABLE_TAGGED_ADDR */, 6UL) == 0 ? 0 : errno;

    if (munmap((void *)(page | UINT64_C(1) << 62), 4096) == 0)
        return evil_succeeded("unmapped the key's page by a tagged address");
    return evil_failed_because("arch_prctl ARCH_ENABLE_TAGGED_ADDR: %s, munmap of a tagged address: %s",
                               enabled == 0 ? "0" : strerrorname_np(enabled), strerrorname_np(errno));
}
