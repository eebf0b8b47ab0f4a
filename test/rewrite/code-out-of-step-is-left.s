// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a table in a function decodes as an instruction that swallows the start of the code behind it, nothing of that function is
// edited: a branch that leads into the middle of what was decoded tells.
//
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t -o %t.new | FileCheck %s
// CHECK: WRPKRU at {{.*}}, main+0x{{.*}}: left
// CHECK-NEXT: not shown to be code
// CHECK: 1 pattern, 1 left
.text
.globl main
.type main, @function
main:
    jmp 1f
    .byte 0x48, 0xb8               // movabs, with the eight bytes that follow
1:  mov $0x00ef010f, %eax
    xor %eax, %eax
    nop
    ret
.size main, . - main
.section .note.GNU-stack,"",@progbits
