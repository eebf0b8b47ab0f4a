# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: STUI contains the bytes of WRPKRU; a jump behind its prefix executes them.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
.globl start
start:
    .byte 0xf3, 0x0f, 0x01, 0xef
    ret
.section .note.GNU-stack,"",@progbits
