// Two declarations with different gates are an error at the second; equal ones are not.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(0,size=4)") void same(const void *p);
MPK_GATE(" in( 0, size =4 ) ") void same(const void *p);

MPK_GATE("in(0,size=4)") void f(const void *p);
// CHECK-NOT: same
// CHECK: error-two-gates.c:[[@LINE+1]]:11: error: gate of 'f': another declaration has the gate 'in(0,size=4)'
MPK_GATE("in(0,size=5)") void f(const void *p);

void use(void *p) {
    same(p);
    f(p);
}
