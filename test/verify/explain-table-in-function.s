# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Numbers in the middle of a function that do not decode make what follows a guess: it is not called the
# instruction.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: bytes: data among code: decodes as the instruction itself, but bytes before it are no instructions [table]
.globl jumps
.type jumps, @function
jumps:
    jmp 1f
    .byte 0x06, 0x06, 0x0f, 0x01, 0xef
1:  ret
.size jumps, . - jumps
.section .note.GNU-stack,"",@progbits
