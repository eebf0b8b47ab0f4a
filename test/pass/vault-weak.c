// A weak definition is exported as any other.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -S -emit-llvm %s -o - | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("") __attribute__((weak)) int sign(int a);
int sign(int a) {
    return a + 1;
}
// CHECK: @__mpkgate_export.sign = private constant
// CHECK: define weak {{.*}}@sign(
// CHECK: define internal void @__mpkgate_call.sign(
// CHECK: call i32 @sign(
