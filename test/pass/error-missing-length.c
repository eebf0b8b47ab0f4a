// A pointer clause without a length is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-missing-length.c:[[@LINE+1]]:15: error: gate of 'f': expected ',' before the length of the buffer
MPK_GATE("in(0)")
void f(const void *p);

void use(void *p) {
    f(p);
}
