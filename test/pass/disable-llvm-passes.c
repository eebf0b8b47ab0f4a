// Where clang is told to run no passes, no note says that the pass ran.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -Xclang -disable-llvm-passes -c %s -o %t
// RUN: llvm-readelf -S %t | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

int f(void) {
    return 1;
}
// CHECK-NOT: .note.mpkgate
// CHECK: .text
// CHECK-NOT: .note.mpkgate
