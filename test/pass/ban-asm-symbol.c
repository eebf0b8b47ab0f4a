// A banned function named in inline assembly is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -O0 -c %s -o %t 2>&1 | FileCheck %s
// RUN: not %mpkcc -O2 -c %s -o %t 2>&1 | FileCheck %s
void f(int x, void *p) {
    // CHECK: ban-asm-symbol.c:[[@LINE+1]]:{{[0-9]+}}: error: inline assembly refers to pkey_set: client code must not change protection keys
    __asm__ volatile("call pkey_set" ::"D"(x), "S"(0) : "memory", "rax");
}
