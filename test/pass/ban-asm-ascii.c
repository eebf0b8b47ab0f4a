// A string that holds the bytes is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -O0 -c %s -o %t 2>&1 | FileCheck %s
// RUN: not %mpkcc -O2 -c %s -o %t 2>&1 | FileCheck %s
void f(int x, void *p) {
    // CHECK: ban-asm-ascii.c:[[@LINE+1]]:{{[0-9]+}}: error: inline assembly assembles to wrpkru: client code must not change protection keys
    __asm__ volatile(".ascii \"\\x0f\\x01\\xef\"");
}
