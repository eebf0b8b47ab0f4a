// refused given twice is an error at the second.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-refused-twice.c:[[@LINE+1]]:35: error: gate of 'f': refused is given twice
MPK_GATE("refused(1) in(0,size=4) refused(2)")
int f(const void *p);

void use(void *p) {
    f(p);
}
