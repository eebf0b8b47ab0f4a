# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU that begins in one executable segment and ends in the next is found.
#
# RUN: clang -shared -nostdlib -fuse-ld=lld -Wl,-z,now,-z,separate-code,-T,%inputs/adjacent.ld %s -o %t.plain.so
# RUN: python3 %inputs/elfpatch.py %t.plain.so %t.so phdr:LOAD#1.p_flags=5
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: :.first+0xffe: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
.section .first,"a",@progbits
    .fill 4094, 1, 0x90
    .byte 0x0f, 0x01
.section .second,"ax",@progbits
.globl start
start:
    .byte 0xef
    ret
.section .note.GNU-stack,"",@progbits
