// -Rpass=mpkgate names each gated call, without -g, and the optimisation record has it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -Rpass=mpkgate -c %s -o %t 2>&1 | FileCheck %s
// RUN: %mpkcc -O0 -Rpass=mpkgate -c %s -o %t 2>&1 | FileCheck %s
// RUN: %mpkcc -O2 -fsave-optimization-record -foptimization-record-file=%t.yaml -c %s -o %t
// RUN: FileCheck --check-prefix=RECORD %s < %t.yaml
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("") int sign(int a);
int f(void) {
    // CHECK: remarks.c:[[@LINE+1]]:12: remark: gate inserted for call to sign [-Rpass=mpkgate]
    return sign(1);
}
// RECORD: --- !Passed
// RECORD-NEXT: Pass:            mpkgate
// RECORD-NEXT: Name:            Gated
// RECORD-NEXT: DebugLoc:        { File: {{.*}}remarks.c{{.*}}, Line: [[#@LINE-5]], Column: 12 }
// RECORD: gate inserted for call to sign
