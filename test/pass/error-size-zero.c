// A size of zero is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-size-zero.c:[[@LINE+1]]:21: error: gate of 'f': a size in bytes must be at least 1
MPK_GATE("in(0,size=0)")
void f(const void *p);

void use(void *p) {
    f(p);
}
