// The gate string is checked at the definition as well.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-in-the-vault.c:[[@LINE+1]]:17: error: gate of 'f': argument 0 is not a pointer
MPK_GATE("in(   0,size=4)") void f(int p);
void f(int p) {
    (void)p;
}
