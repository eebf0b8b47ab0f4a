# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A1: the plain instruction is found and named.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: symbol open_all+0x6
# CHECK: bytes: the instruction itself
# CHECK: 0f 01 ef  wrpkru
.globl open_all
.type open_all, @function
open_all:
    xorl %eax, %eax
    xorl %ecx, %ecx
    xorl %edx, %edx
    wrpkru
    ret
.size open_all, . - open_all
.section .note.GNU-stack,"",@progbits
