// A gated function cannot be static.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-static.c:[[@LINE+1]]:11: error: gate of 'f': a gated function cannot be static
MPK_GATE("in(0,size=4)")
static void f(const void *p) {
    (void)p;
}

void *use(void) {
    return (void *)f;
}
