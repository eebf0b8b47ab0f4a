// Two clauses for one pointer are an error at the second.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-covered-twice.c:[[@LINE+1]]:28: error: gate of 'f': argument 0 is covered twice
MPK_GATE("in(0,size=4) out(0,size=4)")
void f(const void *p);

void use(void *p) {
    f(p);
}
