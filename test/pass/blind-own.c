// The pass's own constants do not spell a banned instruction.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t.O0
// RUN: %mpkcc -O1 -c %s -o %t.O1
// RUN: %mpkcc -O2 -c %s -o %t.O2
// RUN: %mpkcc -O3 -c %s -o %t.O3
// RUN: %mpkcc -Os -c %s -o %t.Os
// RUN: %mpkcc -Oz -c %s -o %t.Oz
// RUN: python3 %inputs/spells.py no %t.O0 %t.O1 %t.O2 %t.O3 %t.Os %t.Oz
// RUN: %mpkcc -O2 -Rpass=mpkgate -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("refused(15663375)") int sign(int a);
int f(void) {
    return sign(1);
}
// CHECK: remark: constant split: its encoding would spell a banned instruction
