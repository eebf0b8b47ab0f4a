// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A36: the i386 entry has its own numbers, which a filter that does not look at the architecture takes for
// others.
#include "evil.h"
#include "evil_asm.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
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

int evil_x32(const struct evil_target *target) {
    (void)target;
    if (syscall(0x40000000 | 39) < 0)
        return evil_failed("getpid by its x32 number");
    return evil_succeeded("x32 system calls work");
}

// 32-bit code: xor eax, ecx, edx; wrpkru; far jump to the 64-bit code behind it, which jumps to where the
// eight bytes after it say. Complemented, as all that a verifier must not find.
static const unsigned char complement[] = {0xce, 0x3f, 0xce, 0x36, 0xce, 0x2d, 0xf0, 0xfe, 0x10, 0x15};

static void write_32bit_code(volatile unsigned char *page) {
    uint32_t rest = (uint32_t)(uintptr_t)page + 0x40;
    uint64_t landing = (uintptr_t)evil_far_landing;

    for (size_t i = 0; i < sizeof complement; i++)
        page[i] = (unsigned char)~complement[i];
    memcpy((char *)page + sizeof complement, &rest, sizeof rest);
    page[sizeof complement + 4] = 0x33;
    page[sizeof complement + 5] = 0;
    page[0x40] = 0xff;
    page[0x41] = 0x25;
    memset((char *)page + 0x42, 0, 4);
    memcpy((char *)page + 0x46, &landing, sizeof landing);
}

int evil_far_jump_to_32bit(const struct evil_target *target) {
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

    if (page != MAP_FAILED) {
        write_32bit_code(page);
        evil_far_jump((uint32_t)(uintptr_t)page);
        return evil_got(target, target->key, "32-bit code");
    }
    // As much of a gate's address as 32-bit code can name.
    printf("no code below 4 GiB: %s\n", strerrorname_np(errno));
    fflush(stdout);
    evil_far_jump((uint32_t)(uintptr_t)target->gate);
    return evil_succeeded("32-bit code ran");
}
