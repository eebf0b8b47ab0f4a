// The statistics count thunks, gated calls, blinded constants and replacements.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: mkdir -p %t
// RUN: env MPKGATE_BAN=replace %mpkcc -O2 -save-stats=obj -c %s -o %t/object.o
// RUN: FileCheck %s < %t/statistics.stats
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("") int sign(int a);
int pkey_set(int, unsigned);
int f(void) {
    __asm__ volatile("wrpkru" ::"a"(0), "c"(0), "d"(0));
    return 0;
}
int g(void) {
    return sign(1) + sign(0x00ef010f) + pkey_set(1, 2);
}
// CHECK-DAG: "mpkgate.NumThunks": 1
// CHECK-DAG: "mpkgate.NumGatedCalls": 2
// CHECK-DAG: "mpkgate.NumBlinded": 1
// CHECK-DAG: "mpkgate.NumAssembled": 1
// CHECK-DAG: "mpkgate.NumReplacedAssembly": 1
// CHECK-DAG: "mpkgate.NumReplacedCalls": 1
