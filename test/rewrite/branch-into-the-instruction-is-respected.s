// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An instruction that a branch enters behind its prefix is not moved.
//
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t -o %t.new | FileCheck %s
// CHECK: WRPKRU at {{.*}}, main+{{.*}}: left
// CHECK-NEXT: a branch leads into the middle of the instruction
.text
.globl main
.type main, @function
main:
    cmp $1, %edi
    je 1f
    .byte 0xf0                     // lock
1:  addl $0x00ef010f, -8(%rsp)
    xor %eax, %eax
    ret
.size main, . - main
.section .note.GNU-stack,"",@progbits
