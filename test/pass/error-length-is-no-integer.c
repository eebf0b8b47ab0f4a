// A length must be an integer argument.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-length-is-no-integer.c:[[@LINE+1]]:20: error: gate of 'f': argument 1 is not an integer of 1, 2, 4 or 8 bytes
MPK_GATE("in(0,len=1)")
void f(const void *p, double q);

void use(void *p) {
    f(p, 1);
}
