// Something that is no clause is an error at its place.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-no-clause.c:[[@LINE+1]]:24: error: gate of 'f': expected a clause: in, out, inout, str, callback, class or refused
MPK_GATE("in(0,size=4) ,")
void f(const void *p);

void use(void *p) {
    f(p);
}
