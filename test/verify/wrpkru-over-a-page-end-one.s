# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU with one of its bytes in one page and the rest in the next is found.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: symbol start+0xfff
.text
.balign 4096
.globl start
start:
    .fill 4095, 1, 0x90
    .byte 0x0f, 0x01, 0xef
    ret
.section .note.GNU-stack,"",@progbits
