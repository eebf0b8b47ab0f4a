// More pointers than the table of a gate holds are an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-too-many-pointers.c:[[@LINE+1]]:11: error: gate of 'f': more than 16 pointer arguments
MPK_GATE("in(0,size=1) in(1,size=1) in(2,size=1) in(3,size=1) in(4,size=1) in(5,size=1) in(6,size=1) in(7,size=1) in(8,size=1) in(9,size=1) in(10,size=1) in(11,size=1) in(12,size=1) in(13,size=1) in(14,size=1) in(15,size=1) in(16,size=1)")
void f(const void *p0, const void *p1, const void *p2, const void *p3, const void *p4, const void *p5, const void *p6, const void *p7, const void *p8, const void *p9, const void *p10, const void *p11, const void *p12, const void *p13, const void *p14, const void *p15, const void *p16);

void use(void *p) {
    f(p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p, p);
}
