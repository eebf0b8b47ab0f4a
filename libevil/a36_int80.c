// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A36: the i386 entry has its own numbers, which a filter that does not look at the architecture takes for
// others.
#include "evil.h"
#include "evil_asm.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define I386_MPROTECT 125

#ifndef MAP_32BIT
#define MAP_32BIT 0x40
#endif

int evil_int80_mprotect(const struct evil_target *target) {
    unsigned char *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    // Where no low memory is to be had, any low address will do to reach the filter.
    uint32_t address = page == MAP_FAILED ? 0x10000000 : (uint32_t)(uintptr_t)page;
    int result = evil_int80(I386_MPROTECT, address, 4096, PROT_NONE);

    (void)target;
    if (result != 0) {
        errno = abs(result);
        return evil_failed("mprotect by int 0x80");
    }
    if (write(STDOUT_FILENO, page, 1) >= 0 || errno != EFAULT)
        return evil_failed_because("the page is still readable");
    return evil_succeeded("changed a page's protection by int 0x80");
}
