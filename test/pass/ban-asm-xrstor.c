// xrstor in inline assembly is an error whatever its operand.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -O0 -c %s -o %t 2>&1 | FileCheck %s
// RUN: not %mpkcc -O2 -c %s -o %t 2>&1 | FileCheck %s
void f(int x, void *p) {
    // CHECK: ban-asm-xrstor.c:[[@LINE+1]]:{{[0-9]+}}: error: inline assembly assembles to xrstor: client code must not change protection keys
    __asm__ volatile("xrstor %0" ::"m"(*(char(*)[576])p), "a"(x), "d"(0));
}
