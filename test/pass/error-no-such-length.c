// A length index beyond the arguments is an error at that index.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-no-such-length.c:[[@LINE+1]]:20: error: gate of 'f': there is no argument 9: the function has 1, counted from 0
MPK_GATE("in(0,len=9)")
void f(const void *p);

void use(void *p) {
    f(p);
}
