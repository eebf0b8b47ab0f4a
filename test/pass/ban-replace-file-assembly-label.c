// A line of file-scope assembly that also holds a label cannot be replaced.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: env MPKGATE_BAN=replace not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
// CHECK: ban-replace-file-assembly-label.c:[[@LINE+1]]:23: error: file-scope assembly, line 2, 'f: wrpkru; ret', assembles to wrpkru: client code must not change protection keys; the line cannot be replaced by a trap: put labels and directives on lines of their own
__asm__(".globl f\n" "f: wrpkru; ret");
