// MPKGATE_BAN=replace turns banned calls and addresses into stubs that say so once and fail with EPERM.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: env MPKGATE_BAN=replace %mpkcc -O0 %s -o %t.0
// RUN: env MPKGATE_BAN=replace %mpkcc -O2 -Rpass=mpkgate %s -o %t.2 2> %t.remarks
// RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
// RUN: %t.0 2>&1 | FileCheck --check-prefix=OUTPUT %s
// RUN: %t.2 2>&1 | FileCheck --check-prefix=OUTPUT %s
// RUN: llvm-nm -u %t.0 %t.2 | FileCheck --check-prefix=SYMBOLS %s
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int mpk_init(int);
void *mpk_mmap(int, void *, unsigned long, int);
void *mpk_malloc(int, unsigned long);
static int (*const table[])(int, unsigned) = {pkey_set};

#define CHECK(condition)                                                                                               \
    if (!(condition) || errno != EPERM)                                                                                \
        return printf("line %d\n", __LINE__);                                                                          \
    errno = 0

int main(void) {
    // REMARK-DAG: :[[@LINE+1]]:{{[0-9]+}}: remark: call to pkey_alloc replaced by a stub that fails with EPERM
    CHECK(pkey_alloc(0, 0) == -1);
    CHECK(pkey_alloc(0, 0) == -1);
    // REMARK-DAG: :[[@LINE+1]]:{{[0-9]+}}: remark: call to mpk_init replaced by a stub that fails with EPERM
    CHECK(mpk_init(1) == -1);
    CHECK(mpk_mmap(1, 0, 4096, 3) == MAP_FAILED);
    CHECK(mpk_malloc(1, 16) == NULL);
    CHECK(table[0](1, 0) == -1);
    // REMARK-DAG: :[[@LINE+1]]:{{[0-9]+}}: remark: system call pkey_alloc replaced by a stub that fails with EPERM
    CHECK(syscall(SYS_pkey_alloc, 0, 0) == -1);
    // REMARK-DAG: :[[@LINE+1]]:{{[0-9]+}}: remark: look-up of pkey_set replaced by a stub that fails with EPERM
    CHECK(dlsym(RTLD_DEFAULT, "pkey_set") == NULL);
    puts("all refused");
    return 0;
}
// OUTPUT: mpkgate: pkey_alloc was refused: client code must not change protection keys
// OUTPUT-NEXT: mpkgate: mpk_init was refused
// OUTPUT-NEXT: mpkgate: mpk_mmap was refused
// OUTPUT-NEXT: mpkgate: mpk_malloc was refused
// OUTPUT-NEXT: mpkgate: pkey_set was refused
// OUTPUT-NEXT: mpkgate: syscall(pkey_alloc) was refused
// OUTPUT-NEXT: mpkgate: dlsym(pkey_set) was refused
// OUTPUT-NEXT: all refused
// SYMBOLS-NOT: {{pkey|mpk_}}
