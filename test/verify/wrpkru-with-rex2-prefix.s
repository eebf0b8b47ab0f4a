# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: with a REX2 prefix (APX) WRPKRU has no byte 0f.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (d5 80 01 ef, with REX2) in an executable page [MPK001]
# CHECK: bytes: the instruction itself, behind a REX2 prefix (APX) [intended]
# CHECK: d5 80 01 ef {{ *}}wrpkru (with REX2, on CPUs with APX)
# CHECK-NEXT: {{^ {12}\^\^ \^\^ \^\^ \^\^$}}
# CHECK: error: WRPKRU (d5 ff 01 ef, with REX2) in an executable page [MPK001]
# CHECK: bytes: the instruction itself, behind a REX2 prefix (APX) [intended]
.globl start
.type start, @function
start:
    .byte 0xd5, 0x80, 0x01, 0xef
    .byte 0xd5, 0xff, 0x01, 0xef
    .byte 0xd5, 0x7f, 0x01, 0xef
    ret
.size start, . - start
.section .note.GNU-stack,"",@progbits
