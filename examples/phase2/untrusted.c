// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See untrusted.h.
#include "untrusted.h"

#include <sys/mman.h>

void untrusted_wrpkru(void) {
    __asm__ volatile("wrpkru" : : "a"(0), "c"(0), "d"(0));
}

int untrusted_pkey_set(void) {
    return pkey_set(1, 0);
}
