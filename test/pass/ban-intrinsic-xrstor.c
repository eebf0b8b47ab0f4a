// Every xrstor intrinsic is an error; xsave is none.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -mxsave -mxsaves -g -O2 -c %s -o %t 2>&1 | FileCheck %s
#include <immintrin.h>

void f(void *p) {
    // CHECK-DAG: ban-intrinsic-xrstor.c:[[@LINE+1]]:5: error: call to _xrstor, which is intrinsic llvm.x86.xrstor: client code must not change protection keys
    _xrstor(p, 1);
    // CHECK-DAG: ban-intrinsic-xrstor.c:[[@LINE+1]]:5: error: call to _xrstor64, which is intrinsic llvm.x86.xrstor64: client code must not change protection keys
    _xrstor64(p, 1);
    // CHECK-DAG: ban-intrinsic-xrstor.c:[[@LINE+1]]:5: error: call to _xrstors, which is intrinsic llvm.x86.xrstors: client code must not change protection keys
    _xrstors(p, 1);
    // CHECK-DAG: ban-intrinsic-xrstor.c:[[@LINE+1]]:5: error: call to _xrstors64, which is intrinsic llvm.x86.xrstors64: client code must not change protection keys
    _xrstors64(p, 1);
    _xsave(p, 1);
}
// CHECK: {{^4 errors generated}}
