// A pointer into the vault cannot be returned.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-returns-pointer.c:[[@LINE+1]]:11: error: gate of 'f': a gated function cannot return a pointer
MPK_GATE("in(0,size=4)")
void *f(const void *p);

void use(void *p) {
    f(p);
}
