// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// WRPKRU and XRSTOR that a program means become traps; with --banned=eperm a function of a banned name fails with EPERM instead.
//
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: %mpk-rewrite --diff %t -o %t.new > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: WRPKRU at {{.*}}, pkey_set+{{.*}}: trap [intended]
// CHECK-NEXT: the instruction itself: it ends the program now
// CHECK: - {{.*}} 0f 01 ef {{.*}}wrpkru
// CHECK: + {{.*}} 0f 0b {{.*}}ud2
// CHECK: XRSTOR at {{.*}}, restore+{{.*}}: trap [intended]
// CHECK: 2 patterns, 0 left
// RUN: %t.new
// RUN: sh %src_root/test/verify/Inputs/exits.sh 132 sh -c '"$0" 1; exit $?' %t.new
//
// RUN: %mpk-rewrite --banned=eperm %t -o %t.eperm | FileCheck --check-prefix=EPERM %s
// EPERM: pkey_set+{{.*}}: eperm [intended]
// EPERM: restore+{{.*}}: trap [intended]
// RUN: sh %src_root/test/verify/Inputs/exits.sh 255 %t.eperm 1 2>&1 | FileCheck --check-prefix=SAYS --match-full-lines %s
// SAYS: pkey_set was taken out by mpk-rewrite: it fails with EPERM
.text
.globl pkey_set
.type pkey_set, @function
pkey_set:
    endbr64
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    wrpkru
    ret
.size pkey_set, . - pkey_set
.type restore, @function
restore:
    xrstor 0x40(%rsp)
    ret
.size restore, . - restore
.globl main
.type main, @function
main:
    xor %eax, %eax
    cmp $1, %edi
    je 1f
    sub $8, %rsp
    call pkey_set
    add $8, %rsp
1:  ret
.size main, . - main
.section .note.GNU-stack,"",@progbits
