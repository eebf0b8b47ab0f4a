// A string clause needs a maximum.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-string-without-max.c:[[@LINE+1]]:17: error: gate of 'f': expected max=
MPK_GATE("str(0,size=4)")
void f(const void *p);

void use(void *p) {
    f(p);
}
