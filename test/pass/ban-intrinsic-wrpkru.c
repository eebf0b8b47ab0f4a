// The wrpkru intrinsic is an error at the line that uses it, not in the compiler header.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -mpku -g -O0 -c %s -o %t 2>&1 | FileCheck %s
// RUN: not %mpkcc -mpku -g -O2 -c %s -o %t 2>&1 | FileCheck %s
#include <immintrin.h>

void f(void) {
    // CHECK: ban-intrinsic-wrpkru.c:[[@LINE+1]]:5: error: call to _wrpkru, which is intrinsic llvm.x86.wrpkru: client code must not change protection keys
    _wrpkru(0);
}
