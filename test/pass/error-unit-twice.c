// A unit given twice is an error at the second.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-unit-twice.c:[[@LINE+1]]:30: error: gate of 'f': expected unit=, or len= after cap= in an out clause, each once
MPK_GATE("in(0,size=4,unit=1,unit=2)")
void f(const void *p);

void use(void *p) {
    f(p);
}
