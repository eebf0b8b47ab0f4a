// A clause for the pointer that another names as output length is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-output-length-covered-twice.c:[[@LINE+1]]:34: error: gate of 'f': argument 2 is covered twice
MPK_GATE("out(0,cap=1,len=2) out(2,size=8)")
void f(void *p, size_t n, size_t *used);

void use(void *p) {
    f(p, 1, p);
}
