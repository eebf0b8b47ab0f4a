// A function that returns twice cannot be gated.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-returns-twice.c:[[@LINE+1]]:11: error: gate of 'f': a function that returns twice cannot go through a gate
MPK_GATE("in(0,size=4)")
__attribute__((returns_twice)) void f(const void *p);

void use(void *p) {
    f(p);
}
