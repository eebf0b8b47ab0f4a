// A number above 32 bits is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-number-too-large.c:[[@LINE+1]]:21: error: gate of 'f': number too large
MPK_GATE("in(0,size=4294967296)")
void f(const void *p);

void use(void *p) {
    f(p);
}
