// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A pattern that lies on both sides of a page's end is one like any other: in code, and in data, where it is enough that one of the
// two pages is not executable.
//
// RUN: clang -fPIE -pie -fuse-ld=bfd -Wl,-z,now,-z,noseparate-code %s -o %t -Wl,--section-start=.near=0x20ffe,--section-start=.after=0x22ffe
// RUN: sh %inputs/same.sh %mpk-rewrite %mpk-verify %t > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: WRPKRU at 0x20fff, near+0x1: split [immediate]
// CHECK: - 20ffe: b8 0f 01 ef 00 mov $0xef010f, %eax
// CHECK: WRPKRU at 0x22ffe, after+0x0: data-page [data-beside-code]
// CHECK: 2 patterns, 0 left
// CHECK: same output: 0 lines, status 79
.section .near,"ax",@progbits
.type near, @function
near:
    mov $0x00ef010f, %eax
    ret
.size near, . - near
.fill 0x1800, 1, 0x90
.section .after,"a",@progbits
after:
    .byte 0x0f, 0x01, 0xef
    .fill 0x1000, 1, 0
.text
.globl main
.type main, @function
main:
    call near
    movzbl after+2(%rip), %ecx
    sub $0x11, %ecx
    sub %eax, %ecx
    mov %ecx, %eax
    and $0x7f, %eax
    ret
.size main, . - main
.section .note.GNU-stack,"",@progbits
