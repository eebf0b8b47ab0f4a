// A length without a value is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-missing-value.c:[[@LINE+1]]:20: error: gate of 'f': expected '=' after 'size'
MPK_GATE("in(0,size)")
void f(const void *p);

void use(void *p) {
    f(p);
}
