# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A1: the plain instruction is found and named.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: symbol open_all+0x6
# CHECK: bytes: the instruction itself [intended]
# CHECK: 31 d2 {{ *}}xor %edx, %edx
# CHECK-NEXT: 0f 01 ef {{ *}}wrpkru
# CHECK-NEXT: {{^ {12}\^\^ \^\^ \^\^$}}
# CHECK-NEXT: c3 {{ *}}ret
# CHECK-NEXT: remedy: remove it
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
