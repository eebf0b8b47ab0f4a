// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A library whose calls of pkey_* were taken out is linked against by GNU ld, lld and gold as before, and its
// stub is its own: a program that calls pkey_set reaches the C library's.
//
// RUN: rm -rf %t && mkdir %t && clang -O1 -fPIC -shared -DLIBRARY -Wl,-soname,libother.so %s -o %t/libother.so
// RUN: %mpk-rewrite --quiet --banned=eperm %t/libother.so -o %t/libnew.so && mv %t/libnew.so %t/libother.so
// RUN: clang -O1 -fPIE -pie %s %t/libother.so -Wl,-rpath,%t -o %t/bfd
// RUN: clang -O1 -fPIE -pie -fuse-ld=lld %s %t/libother.so -Wl,-rpath,%t -o %t/lld
// RUN: clang -O1 -fPIE -pie -fuse-ld=gold %s %t/libother.so -Wl,-rpath,%t -o %t/gold
// RUN: %t/bfd > %t/out 2> %t/err
// RUN: %t/lld >> %t/out 2>> %t/err
// RUN: %t/gold >> %t/out 2>> %t/err
// RUN: FileCheck --match-full-lines %s < %t/out
// CHECK: library: -1, program: EINVAL
// CHECK-NEXT: library: -1, program: EINVAL
// CHECK-NEXT: library: -1, program: EINVAL
// RUN: FileCheck --check-prefix=STUB --match-full-lines %s < %t/err
// STUB-COUNT-3: pkey_set was taken out by mpk-rewrite: it fails with EPERM
// STUB-NOT: pkey_set
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>

#ifdef LIBRARY
int other(void) {
    return pkey_set(1, 0);
}
#else
int other(void);

// Of a key that there is not; so it fails on every machine.
int main(void) {
    int library = other();
    errno = 0;
    pkey_set(99, 0);
    printf("library: %d, program: %s\n", library, errno == EINVAL ? "EINVAL" : "another error");
    return 0;
}
#endif
