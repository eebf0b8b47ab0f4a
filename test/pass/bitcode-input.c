// Bitcode is gated when it is compiled, and bitcode that was gated is left as it is.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: clang -I%include -O2 -emit-llvm -c %s -o %t.plain.bc
// RUN: %mpkcc -O2 -S -emit-llvm -x ir %t.plain.bc -o - | FileCheck %s
// RUN: %mpkcc -O2 -emit-llvm -c %s -o %t.gated.bc
// RUN: %mpkcc -O2 -S -emit-llvm -x ir %t.gated.bc -o - | FileCheck %s
// RUN: opt -load-pass-plugin=%pass -passes=mpkgate,mpkgate,verify -S %t.gated.bc | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("") int sign(int a);
int f(void) {
    return sign(1);
}
// CHECK: section "mpkgate_imports"
// CHECK-NOT: section "mpkgate_imports"
// CHECK: section ".note.mpkgate"
// CHECK-NOT: section ".note.mpkgate"
// CHECK: call i32 @__mpkgate_thunk.sign.
// CHECK-NOT: @sign(
