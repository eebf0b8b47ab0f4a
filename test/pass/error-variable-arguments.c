// A function with variable arguments cannot be gated.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-variable-arguments.c:[[@LINE+1]]:11: error: gate of 'f': a function with variable arguments cannot go through a gate
MPK_GATE("in(0,size=4)")
void f(const void *p, ...);

void use(void *p) {
    f(p);
}
