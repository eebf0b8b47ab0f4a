# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU in the offset of a call, which only the linker knows, is found and the remedy says so.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: bytes: the offset of a branch, made by the linker [branch]
# CHECK: e8 0f 01 ef ff {{ *}}call
# CHECK: remedy: relink
.globl calls
.type calls, @function
calls:
    .byte 0xe8
    .long 0xffef010f
    ret
.size calls, . - calls
.section .note.GNU-stack,"",@progbits
