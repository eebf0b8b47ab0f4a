// A pointer clause without an index is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-missing-index.c:[[@LINE+1]]:14: error: gate of 'f': expected the index of a pointer argument
MPK_GATE("in(x,size=4)")
void f(const void *p);

void use(void *p) {
    f(p);
}
