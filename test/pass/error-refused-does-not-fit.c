// A refused value that the return type cannot hold is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-refused-does-not-fit.c:[[@LINE+1]]:32: error: gate of 'f': the value does not fit the return type
MPK_GATE("in(0,size=4) refused(300)")
signed char f(const void *p);

void use(void *p) {
    f(p);
}
