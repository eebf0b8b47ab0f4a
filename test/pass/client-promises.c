// Promises of the declaration (pure, const, malloc-like) are dropped: each call reaches the gate.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -S -emit-llvm %s -o - | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>


MPK_GATE("in(0,size=4)") __attribute__((pure)) int checksum(const void *p);
MPK_GATE("") __attribute__((const)) int twice(int a);
int f(const void *p) {
    return checksum(p) + checksum(p);
}
void g(void) {
    twice(1);
}
// CHECK-LABEL: @f(
// CHECK: call i32 @__mpkgate_thunk.checksum.
// CHECK: call i32 @__mpkgate_thunk.checksum.
// CHECK-LABEL: @g(
// CHECK: call i32 @__mpkgate_thunk.twice.
