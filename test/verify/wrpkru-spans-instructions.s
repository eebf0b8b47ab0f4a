# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU made of the end of one instruction and the start of the next is found (as in libnettle).
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: bytes: bytes that span instructions
# CHECK: 41 c1 c7 0f  rol $0x0F, %r15d
# CHECK: 01 ef  add %ebp, %edi
.globl spans
.type spans, @function
spans:
    roll $15, %r15d
    addl %ebp, %edi
    ret
.size spans, . - spans
.section .note.GNU-stack,"",@progbits
