// refused on a function that returns nothing is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-refused-of-void.c:[[@LINE+1]]:32: error: gate of 'f': refused needs a function that returns an integer or a floating-point number
MPK_GATE("in(0,size=4) refused(-1)")
void f(const void *p);

void use(void *p) {
    f(p);
}
