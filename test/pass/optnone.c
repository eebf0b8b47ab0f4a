// The pass is required: optnone and -opt-bisect-limit do not skip it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t
// RUN: llvm-nm %t | FileCheck %s
// RUN: %mpkcc -O2 -mllvm -opt-bisect-limit=0 -c %s -o %t 2> %t.bisect
// RUN: llvm-nm %t | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("") int sign(int a);
__attribute__((optnone, noinline)) int f(void) {
    return sign(1);
}
// CHECK-NOT: U sign
// CHECK: W __mpkgate_thunk.sign.
