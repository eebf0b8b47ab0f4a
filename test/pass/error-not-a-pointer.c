// A pointer clause on an argument that is no pointer is an error at its index.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-not-a-pointer.c:[[@LINE+1]]:28: error: gate of 'f': argument 1 is not a pointer
MPK_GATE("in(0,size=4) out(1,size=4)")
void f(const void *p, int q);

void use(void *p) {
    f(p, 1);
}
