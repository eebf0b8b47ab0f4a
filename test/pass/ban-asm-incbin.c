// An included binary file with the bytes is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: printf "\\x90\\x0f\\x01\\xef" > %t.bin
// RUN: not %mpkcc -O2 -DFILE='"%t.bin"' -c %s -o %t 2>&1 | FileCheck %s
void f(void) {
    // CHECK: ban-asm-incbin.c:[[@LINE+1]]:{{[0-9]+}}: error: inline assembly assembles to wrpkru: client code must not change protection keys
    __asm__ volatile(".incbin \"" FILE "\"");
}
