// The vault's own translation units are not subject to the ban.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -c %s -o %t
// RUN: llvm-objdump -d %t | FileCheck %s
#include "mpkgate.h"

MPK_GATE("") void f(void);
void f(void) {
    __asm__ volatile("wrpkru" ::"a"(0), "c"(0), "d"(0));
}
// CHECK: wrpkru
