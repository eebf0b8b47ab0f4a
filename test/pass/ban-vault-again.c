// A vault module keeps its role when its bitcode is compiled again, and gets no second record or note.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -emit-llvm -c %s -o %t.bc
// RUN: %mpkcc -O2 -S -emit-llvm -x ir %t.bc -o - | FileCheck %s
#include "mpkgate.h"

MPK_GATE("") void f(void);
void f(void) {
    __asm__ volatile("wrpkru" ::"a"(0), "c"(0), "d"(0));
}
// CHECK: @__mpkgate_export.f = private constant
// CHECK-NOT: private constant {{.*}} section "mpkgate_exports
// CHECK: section ".note.mpkgate"
// CHECK-NOT: section ".note.mpkgate"
