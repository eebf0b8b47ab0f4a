# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: XRSTOR in the distance of a conditional branch, as the linker makes it, is explained as such.
#
# RUN: clang -shared -nostdlib -fuse-ld=bfd -Wl,-z,now,-z,separate-code -Wl,--section-start=.near=0x100000 -Wl,--section-start=.far=0x38ae17 %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: XRSTOR (0f ae 28) in an executable page [MPK002]
# CHECK: symbol jumps+0x4
# CHECK: bytes: the offset of a branch, made by the linker [branch]
# CHECK: 100000: 85 ff {{ *}}test %edi, %edi
# CHECK-NEXT: 100002: 0f 8d 0f ae 28 00 {{ *}}jnl 0x38ae17
# CHECK-NEXT: {{^ {18}\^\^ \^\^ \^\^$}}
# CHECK-NEXT: 100008: c3 {{ *}}ret
# CHECK-NEXT: remedy: relink in another order
.section .near,"ax",@progbits
.globl jumps
.type jumps, @function
jumps:
    testl %edi, %edi
    jge far
    ret
    .fill 4096, 1, 0x90
.size jumps, . - jumps
.section .far,"ax",@progbits
.hidden far
.globl far
.type far, @function
far:
    ret
.size far, . - far
.section .note.GNU-stack,"",@progbits
