// File-scope assembly is examined, and the error names its line.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
// CHECK: ban-file-assembly.c:[[@LINE+3]]:14: error: file-scope assembly, line 3, 'wrpkru', assembles to wrpkru: client code must not change protection keys
__asm__(".globl f\n"
        "f:\n"
        "    wrpkru\n"
        "    ret");
