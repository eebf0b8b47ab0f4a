// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Code that no FDE and no FUNC symbol covers is not edited: it could be data. The rest of the file is rewritten all the same.
//
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t -o %t.new > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: WRPKRU at {{.*}}: split [immediate]
// CHECK: WRPKRU at {{.*}}: left [immediate]
// CHECK-NEXT: not shown to be code: no FDE and no FUNC symbol covers it
// CHECK: 2 patterns, 1 left
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-verify --policy main %t.new | FileCheck --check-prefix=VERIFY %s
// VERIFY: WRPKRU
// VERIFY-NOT: WRPKRU
// VERIFY-NOT: XRSTOR
.text
.globl main
.type main, @function
main:
    mov $0x00ef010f, %eax
    xor %eax, %eax
    ret
.size main, . - main
    nop
bare:
    mov $0x00ef010f, %eax
    ret
.section .note.GNU-stack,"",@progbits
