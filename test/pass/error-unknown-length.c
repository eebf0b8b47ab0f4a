// An unknown kind of length is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-unknown-length.c:[[@LINE+1]]:16: error: gate of 'f': expected len=, cap= or size=
MPK_GATE("in(0,sise=4)")
void f(const void *p);

void use(void *p) {
    f(p);
}
