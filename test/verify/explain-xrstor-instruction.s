# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A3: XRSTOR, with a prefix or without, is explained as the instruction itself; one whose displacement is the
# bytes of another is not.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: XRSTOR (0f ae 28)
# CHECK: bytes: the instruction itself [intended]
# CHECK: 48 0f ae 28 {{ *}}xrstor64 (%rax)
# CHECK-NEXT: {{^ {15}\^\^ \^\^ \^\^$}}
# CHECK: remedy: restore the registers that you need with ordinary moves
# CHECK: error: XRSTOR (0f ae a8)
# CHECK: bytes: the instruction itself [intended]
# CHECK: 0f ae a8 0f ae 28 00 {{ *}}xrstor 0x28ae0f(%rax)
# CHECK-NEXT: {{^ {12}\^\^ \^\^ \^\^$}}
# CHECK: error: XRSTOR (0f ae 28)
# CHECK: bytes: a displacement [displacement]
# CHECK: 0f ae a8 0f ae 28 00 {{ *}}xrstor 0x28ae0f(%rax)
# CHECK-NEXT: {{^ {21}\^\^ \^\^ \^\^$}}
.globl restores
.type restores, @function
restores:
    xrstor64 (%rax)
    xrstor 0x28ae0f(%rax)
    ret
.size restores, . - restores
.section .note.GNU-stack,"",@progbits
