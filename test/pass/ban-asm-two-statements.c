// Bytes that two neighbouring statements spell together are an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -O0 -c %s -o %t 2>&1 | FileCheck %s
// RUN: not %mpkcc -O2 -c %s -o %t 2>&1 | FileCheck %s
void f(int x, void *p) {
    // CHECK: ban-asm-two-statements.c:[[@LINE+2]]:{{[0-9]+}}: error: together with what stands before it, inline assembly assembles to wrpkru: client code must not change protection keys
    __asm__ volatile(".byte 0x0f, 0x01");
    __asm__ volatile(".byte 0xef");
}
