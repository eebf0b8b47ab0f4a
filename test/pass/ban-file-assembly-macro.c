// A macro in file-scope assembly is reported where it is used.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
__asm__(".macro EVIL\n"
        ".byte 15, 1\n"
        ".byte 0xef\n"
        ".endm\n"
        // CHECK: ban-file-assembly-macro.c:[[@LINE+1]]:10: error: file-scope assembly, line 5, '{{EVI.}}', assembles to wrpkru: client code must not change protection keys
        "EVIL\n"
        "ret");
