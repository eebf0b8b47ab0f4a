# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU made of the end of one instruction and the start of the next is found (as in libnettle).
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: bytes: bytes that span 2 instructions [spanning]
# CHECK: 41 c1 c7 0f {{ *}}rol $0xf, %r15d
# CHECK-NEXT: {{^ {21}\^\^$}}
# CHECK-NEXT: 01 ef {{ *}}add %ebp, %edi
# CHECK-NEXT: {{^ {12}\^\^ \^\^$}}
# CHECK-NEXT: c3 {{ *}}ret
# CHECK-NEXT: remedy: put a nop between the instructions, or write the second one as 03 fd
.globl spans
.type spans, @function
spans:
    roll $15, %r15d
    addl %ebp, %edi
    ret
.size spans, . - spans
.section .note.GNU-stack,"",@progbits
