// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// With --banned=eperm a program's calls and addresses of pkey_* and mpk_* lead to stubs, which say so, set
// errno to EPERM and return -1, whether bound at once or lazily.
//
// RUN: clang -O1 -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: %mpk-rewrite --banned=eperm --diff %t -o %t.new > %t.out
// RUN: FileCheck %s < %t.out
// CHECK-DAG: reference to pkey_alloc at 0x{{.*}}: eperm
// CHECK-DAG: reference to pkey_set at 0x{{.*}}: eperm
// CHECK-DAG: bound to a stub at 0x{{.*}} of the object's own, which fails with EPERM
// CHECK-DAG: + {{.*}} movl $0x1, (%rax)
// CHECK: 0 patterns, 0 left
// RUN: %mpk-verify --policy main %t.new
// RUN: %t.new > %t.after 2>&1
// RUN: FileCheck --check-prefix=AFTER --match-full-lines %s < %t.after
// AFTER: pkey_alloc was taken out by mpk-rewrite: it fails with EPERM
// AFTER-NEXT: pkey_alloc: -1, EPERM
// AFTER-NEXT: pkey_set was taken out by mpk-rewrite: it fails with EPERM
// AFTER-NEXT: pkey_set: -1, EPERM
//
// RUN: clang -O1 -fPIE -pie -Wl,-z,lazy,-z,separate-code %s -o %t.lazy
// RUN: %mpk-rewrite --banned=eperm %t.lazy -o %t.lazy.new
// RUN: env -u LD_BIND_NOW %t.lazy.new > %t.after 2>&1
// RUN: FileCheck --check-prefix=AFTER --match-full-lines %s < %t.after
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

static void tell(const char *name, int result) {
    printf("%s: %d, %s\n", name, result, errno == EPERM ? "EPERM" : "another error");
    errno = 0;
}

int (*volatile set)(int, unsigned) = pkey_set;

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    errno = 0;
    tell("pkey_alloc", pkey_alloc(0, 0));
    tell("pkey_set", set(1, 0));
    return 0;
}
