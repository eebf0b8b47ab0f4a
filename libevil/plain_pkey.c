// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See plain_pkey.h.
#include "plain_pkey.h"

#include "evil.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 16

unsigned char *plain_pkey_hide(const unsigned char *key, size_t size, uint32_t *closed) {
    char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *copy;
    int pkey;

    if (area == MAP_FAILED)
        return NULL;
    // In the middle, so that the key's own pages lie before and after it.
    copy = (unsigned char *)area + PAGES / 2 * PAGE;
    memcpy(copy, key, size);
    pkey = pkey_alloc(0, 0);
    if (pkey < 0 || pkey_mprotect(area, PAGES * PAGE, PROT_READ | PROT_WRITE, pkey) != 0)
        return NULL;
    if (pkey_set(pkey, PKEY_DISABLE_ACCESS) != 0)
        return NULL;
    *closed = 0;
    for (int i = 0; i < 16; i++)
        *closed |= (uint32_t)pkey_get(i) << 2 * i;
    if (evil_kernel_reads(copy) != 0) {
        errno = ENOTSUP;
        return NULL;
    }
    return copy;
}
