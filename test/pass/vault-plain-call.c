// In a translation unit of the vault, calls to other gated functions stay plain calls, and a remark says so.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -Rpass-missed=mpkgate -S -emit-llvm %s -o - 2> %t.remarks | FileCheck %s
// RUN: FileCheck --check-prefix=REMARK %s < %t.remarks
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(0,size=4)") int inner(const void *p);
MPK_GATE("in(0,size=4)") int outer(const void *p);
int outer(const void *p) {
    // REMARK: :[[@LINE+1]]:12: remark: call to inner is not gated: this translation unit defines gated functions, so it is the vault's [-Rpass-missed=mpkgate]
    return inner(p);
}
// CHECK: call i32 @inner(
// CHECK-NOT: __mpkgate_thunk
