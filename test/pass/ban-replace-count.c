// The note counts what was replaced.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: env MPKGATE_BAN=replace %mpkcc -c %s -o %t
// RUN: llvm-readelf -x .note.mpkgate %t | FileCheck %s
#define _GNU_SOURCE
#include <sys/mman.h>

int f(void) {
    return pkey_set(1, 0);
}
void g(void) {
    __asm__ volatile("wrpkru" ::"a"(0), "c"(0), "d"(0));
}
// ABI version 1, role plain, LLVM major, 2 replaced.
// CHECK: 61746500 01000000 00000000 {{1[36]}}000000
// CHECK-NEXT: 02000000
