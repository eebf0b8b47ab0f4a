# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Numbers among code that decode as WRPKRU are not called the instruction: no FDE and no function symbol covers
# them.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK-NOT: the instruction itself [
# CHECK: bytes: data among code: no FDE and no FUNC symbol covers it, and it does not look like code [table]
# CHECK: 0f 01 ef {{ *}}wrpkru
# CHECK: remedy: if these are data, move them to .rodata
.globl before
.type before, @function
before:
    .cfi_startproc
    ret
    .cfi_endproc
.size before, . - before
numbers:
    .quad 0x3fffffffffffffff, 0xffffffff00000000, 0x0000000300000000
    .byte 0x00, 0x0f, 0x01, 0xef, 0xe6
    .quad 0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510
.globl behind
.type behind, @function
behind:
    .cfi_startproc
    ret
    .cfi_endproc
.size behind, . - behind
.section .note.GNU-stack,"",@progbits
