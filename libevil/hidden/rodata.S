// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: the bytes are read-only data, in a file whose linker (lld, by default) lets .rodata and .text share a
// page of the file: the page is mapped twice, and the second mapping is executable.
// 
// void evil_open_everything(void): PKRU becomes 0.
    .section .rodata, "a", @progbits
    .type hidden, @object
hidden:
    .byte 0x0f, 0x01, 0xef, 0xc3
    .size hidden, . - hidden

    .text
    .globl evil_open_everything
    .type evil_open_everything, @function
evil_open_everything:
here:
    lea here(%rip), %r8
    and $-4096, %r8             // the executable mapping of the page
    lea hidden(%rip), %r9
    and $4095, %r9              // where in the page the data is
    add %r9, %r8
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    jmp *%r8
    .size evil_open_everything, . - evil_open_everything

    .section .note.GNU-stack, "", @progbits
