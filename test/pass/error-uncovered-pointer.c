// A pointer that no clause covers is an error at the gate string.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-uncovered-pointer.c:[[@LINE+1]]:11: error: gate of 'f': argument 1 is a pointer that no clause covers: add in(..), out(..), inout(..), str(..) or callback(..)
MPK_GATE("in(0,size=4)")
void f(const void *p, char *q);

void use(void *p) {
    f(p, p);
}
