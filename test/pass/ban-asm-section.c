// Assembly that switches to another executable section is examined there.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -O0 -c %s -o %t 2>&1 | FileCheck %s
// RUN: not %mpkcc -O2 -c %s -o %t 2>&1 | FileCheck %s
void f(int x, void *p) {
    // CHECK: ban-asm-section.c:[[@LINE+1]]:{{[0-9]+}}: error: inline assembly assembles to wrpkru: client code must not change protection keys
    __asm__ volatile(".pushsection .text.other, \"ax\"\nwrpkru\n.popsection");
}
