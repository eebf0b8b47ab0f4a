// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A relocatable object with two hits in executable sections, and bytes that are none: the end of one section
// and the start of the next make no run, and data is not executed.
.text
.globl hits
.type hits, @function
hits:
    movl $0x00ef010f, %eax
    ret
    .byte 0x0f, 0x01
.size hits, . - hits
.section .text.second,"ax",@progbits
    .byte 0xef
    xrstor (%rax)
    ret
.section .rodata,"a",@progbits
    .byte 0x0f, 0x01, 0xef
.section .note.GNU-stack,"",@progbits
