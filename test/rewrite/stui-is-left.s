// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// STUI holds WRPKRU in its opcode, and has no other encoding: it is left, and said so.
//
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t -o %t.new | FileCheck %s
// CHECK: WRPKRU at {{.*}}, main+0x1: left [opcode]
// CHECK-NEXT: it has no other encoding
.text
.globl main
.type main, @function
main:
    stui
    xor %eax, %eax
    ret
.size main, . - main
.section .note.GNU-stack,"",@progbits
