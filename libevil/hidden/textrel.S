// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A28: a text relocation writes the bytes when the library is loaded; the file does not hold them.
// 
// void evil_open_everything(void): PKRU becomes 0.
    .text
    .globl evil_open_everything
    .type evil_open_everything, @function
evil_open_everything:
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    .quad evil_four_bytes       // absolute, defined to 0xc3ef010f by the linker: R_X86_64_64
    .size evil_open_everything, . - evil_open_everything

    .section .note.GNU-stack, "", @progbits
