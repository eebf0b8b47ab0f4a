// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table among code, which an OBJECT symbol covers, is not edited, though it would decode.
//
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t -o %t.new | FileCheck %s
// CHECK: WRPKRU at {{.*}}, table+0x1: left [table]
// CHECK-NEXT: not shown to be code
// CHECK: 1 pattern, 1 left
// Nothing was done, so nothing is changed.
// RUN: cmp %t %t.new
.text
.globl main
.type main, @function
main:
    xor %eax, %eax
    ret
.size main, . - main
.type table, @object
table:
    .byte 0xb8, 0x0f, 0x01, 0xef, 0x00
.size table, . - table
.section .note.GNU-stack,"",@progbits
