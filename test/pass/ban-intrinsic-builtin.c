// The compiler builtin is found in a function of the user as well.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -mpku -g -O0 -c %s -o %t 2>&1 | FileCheck %s
void f(void) {
    // CHECK: ban-intrinsic-builtin.c:[[@LINE+1]]:5: error: intrinsic llvm.x86.wrpkru: client code must not change protection keys
    __builtin_ia32_wrpkru(0);
}
