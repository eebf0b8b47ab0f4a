// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: the bytes are the very first of the executable segment (linked without start files and with
// -z separate-code). A scanner that says "offset 0" when it means "none" overlooks them.
// 
// void evil_open_everything(void): PKRU becomes 0.
    .text
first:
    wrpkru
    ret
    .globl evil_open_everything
    .type evil_open_everything, @function
evil_open_everything:
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    jmp first
    .size evil_open_everything, . - evil_open_everything

    .section .note.GNU-stack, "", @progbits
