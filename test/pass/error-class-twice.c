// A class given twice is an error at the second.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-class-twice.c:[[@LINE+1]]:38: error: gate of 'f': class is given twice
MPK_GATE("class(crypto) in(0,size=4) class(manage)")
void f(const void *p);

void use(void *p) {
    f(p);
}
