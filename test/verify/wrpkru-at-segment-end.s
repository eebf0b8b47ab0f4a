# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU in the last three bytes of an executable segment is found.
#
# RUN: clang -shared -nostdlib -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: :.text+0xffd: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
.balign 4096
.globl start
start:
    .fill 4093, 1, 0x90
    .byte 0x0f, 0x01, 0xef
.section .note.GNU-stack,"",@progbits
