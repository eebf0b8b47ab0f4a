// A missing parenthesis is an error at its place.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-missing-parenthesis.c:[[@LINE+1]]:14: error: gate of 'f': expected '(' after 'in'
MPK_GATE("in 0,size=4)")
void f(const void *p);

void use(void *p) {
    f(p);
}
