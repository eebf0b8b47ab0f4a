// A weakly declared gated function is gated as any other, and is never null.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -S -emit-llvm %s -o - | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>


MPK_GATE("") __attribute__((weak)) int sign(int a);
int f(void) {
    return sign ? sign(1) : -1;
}
// CHECK-LABEL: @f(
// CHECK: call i32 @__mpkgate_thunk.sign.
// CHECK-NOT: ret i32 -1
