// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A1: a library with a wrpkru of its own.
// 
// void evil_open_everything(void): PKRU becomes 0.
    .text
    .globl evil_open_everything
    .type evil_open_everything, @function
evil_open_everything:
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    wrpkru
    ret
    .size evil_open_everything, . - evil_open_everything

    .section .note.GNU-stack, "", @progbits
