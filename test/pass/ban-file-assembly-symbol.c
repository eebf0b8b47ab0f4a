// A banned function named in file-scope assembly is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
// CHECK: ban-file-assembly-symbol.c:[[@LINE+1]]:10: error: file-scope assembly, line 1, '{{.*}}', refers to pkey_mprotect: client code must not change protection keys
__asm__("jmp pkey_mprotect");
