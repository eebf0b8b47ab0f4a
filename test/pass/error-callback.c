// A callback clause is recognised and refused until gates can carry one.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-callback.c:[[@LINE+1]]:24: error: gate of 'f': callback is not supported by the direct gate yet
MPK_GATE("in(0,size=4) callback(1)")
void f(const void *p, void (*q)(void));

void use(void *p) {
    f(p, 0);
}
