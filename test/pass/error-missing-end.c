// A clause that does not end is an error at the end of the string.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-missing-end.c:[[@LINE+1]]:22: error: gate of 'f': expected ')' at the end of 'in'
MPK_GATE("in(0,size=4")
void f(const void *p);

void use(void *p) {
    f(p);
}
