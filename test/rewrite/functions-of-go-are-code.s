// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the function table of Go's runtime covers is code; but nothing is put below the stack pointer there, where Go's small stacks
// may end.
//
// RUN: clang -no-pie %s -o %t
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite --diff %t -o %t.new > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: WRPKRU at {{.*}}: split [immediate]
// CHECK: + {{.*}} mov $0xffffffffff10fef0, %rax
// CHECK: WRPKRU at {{.*}}: left [immediate]
// CHECK-NEXT: no way was found to write it without a pattern, with registers that are free
// CHECK: WRPKRU at {{.*}}: left [immediate]
// CHECK-NEXT: not shown to be code
// CHECK: 3 patterns, 2 left
// RUN: sh %src_root/test/verify/Inputs/exits.sh 15 %t.new
//
// A table that lies about its size covers nothing.
// RUN: sed 's/^    .quad 2 .*/    .quad -1/' %s > %t.s && clang -no-pie %t.s -o %t.lie
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t.lie -o %t.lie.new | FileCheck --check-prefix=LIE %s
// LIE: 3 patterns, 3 left
.text
code:
load:
    mov $0x00ef010f, %eax
    ret
exclusive_or:
    xor $0x00ef010f, %eax
    ret
end:
    mov $0x00ef010f, %eax
    ret
.globl main
.type main, @function
main:
    call load
    ret
.size main, . - main
.section .gopclntab,"a",@progbits
    .long 0xfffffff1
    .byte 0, 0, 1, 8
    .quad 2                        // functions
    .quad 0
    .quad code
    .quad 0, 0, 0, 0
    .quad pairs - .gopclntab
pairs:
    .long load - code, 0, exclusive_or - code, 0, end - code, 0
.section .note.GNU-stack,"",@progbits
