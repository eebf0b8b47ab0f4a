// Only an out clause has an output length.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-output-length-of-input.c:[[@LINE+1]]:22: error: gate of 'f': expected unit=, or len= after cap= in an out clause, each once
MPK_GATE("in(0,cap=1,len=2)")
void f(void *p, size_t n, size_t *used);

void use(void *p) {
    f(p, 1, p);
}
