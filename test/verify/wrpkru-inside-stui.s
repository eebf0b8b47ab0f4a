# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: STUI contains the bytes of WRPKRU; a jump behind its prefix executes them.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: bytes: opcode bytes of another instruction, stui [opcode]
# CHECK: f3 0f 01 ef {{ *}}stui
# CHECK-NEXT: {{^ {15}\^\^ \^\^ \^\^$}}
# CHECK-NEXT: c3 {{ *}}ret
# CHECK-NEXT: remedy: use another instruction: this one cannot be encoded without these bytes
.globl start
.type start, @function
start:
    .byte 0xf3, 0x0f, 0x01, 0xef
    ret
.size start, . - start
.section .note.GNU-stack,"",@progbits
