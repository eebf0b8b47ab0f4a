// A string of at most zero bytes is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-string-max-zero.c:[[@LINE+1]]:21: error: gate of 'f': the most bytes of the string, its NUL included, must be at least 1
MPK_GATE("str(0,max=0)")
void f(const void *p);

void use(void *p) {
    f(p);
}
