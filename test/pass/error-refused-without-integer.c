// refused needs an integer.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-refused-without-integer.c:[[@LINE+1]]:32: error: gate of 'f': expected an integer
MPK_GATE("in(0,size=4) refused(no)")
int f(const void *p);

void use(void *p) {
    f(p);
}
