// The output length of an out clause must be a pointer.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-output-length-is-no-pointer.c:[[@LINE+1]]:27: error: gate of 'f': argument 1 is not a pointer
MPK_GATE("out(0,cap=1,len=1)")
void f(void *p, size_t n);

void use(void *p) {
    f(p, 1);
}
