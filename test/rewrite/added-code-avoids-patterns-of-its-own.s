// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the jump to added code would itself be a pattern, the code lies a byte further on.
//
// The last segment ends below 0x1000000, where added code begins; from 0x10feec that is e9 0f 01 ef 00.
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t -Wl,--section-start=.near=0x10feec,--section-start=.last=0xfff000
// RUN: sh %inputs/same.sh %mpk-rewrite %mpk-verify %t > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: WRPKRU at 0x10feed, near+0x1: split [immediate]
// CHECK: - 10feec: b8 0f 01 ef 00 mov $0xef010f, %eax
// CHECK: + 10feec: e9 10 01 ef 00 jmp 0x1000001
// CHECK-NEXT: + 1000001:
// CHECK: same output: 0 lines, status 15
.section .near,"ax",@progbits
.type near, @function
near:
    mov $0x00ef010f, %eax
    ret
.size near, . - near
.section .last,"aw",@progbits
    .quad 1
.text
.globl main
.type main, @function
main:
    call near
    ret
.size main, . - main
.section .note.GNU-stack,"",@progbits
