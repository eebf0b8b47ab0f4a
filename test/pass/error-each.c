// Every wrong gate of a translation unit is reported, not only the first.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK-DAG: error-each.c:[[@LINE+1]]:11: error: gate of 'f': argument 0 is a pointer
MPK_GATE("class(manage)") void f(const void *p);
// CHECK-DAG: error-each.c:[[@LINE+1]]:17: error: gate of 'g': unknown class 'x'
MPK_GATE("class(x)") void g(void);

void use(void *p) {
    f(p);
    g();
}
// CHECK: 2 errors generated
