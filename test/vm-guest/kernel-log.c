// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The machine's kernel log is readable for every user and tells a protection-key fault by its error code (bit
// 5: 0x25 is a read by user code of a present page).
// RUN: rm -rf %t && mkdir %t && clang -O1 -Wall -Werror %s -o %t/pkey-fault
// RUN: %pku %t/pkey-fault ; test $? = 139
// RUN: %pku dmesg > %t/log
// RUN: grep 'pkey-fault.*: segfault at .* error 25' %t/log
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>

int main(void) {
    int key = pkey_alloc(0, PKEY_DISABLE_ACCESS);
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (key <= 0 || page == MAP_FAILED || pkey_mprotect((void *)page, 4096, PROT_READ, key) != 0)
        return 1;
    return *page;
}
