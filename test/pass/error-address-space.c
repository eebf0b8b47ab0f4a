// A pointer into another address space cannot go through a gate.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-address-space.c:[[@LINE+1]]:11: error: gate of 'f': argument 0 points into another address space
MPK_GATE("in(0,size=4)")
void f(const void __attribute__((address_space(256))) *p);

void use(const void __attribute__((address_space(256))) *p) {
    f(p);
}
