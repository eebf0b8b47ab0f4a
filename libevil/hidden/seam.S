// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: the first byte is the last of a page, the other two start the next one.
// 
// void evil_open_everything(void): PKRU becomes 0.
    .text
    .p2align 12
    .fill 4096 - 7, 1, 0xcc
    .globl evil_open_everything
    .type evil_open_everything, @function
evil_open_everything:
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    wrpkru                      // one byte on this page
    ret
    .size evil_open_everything, . - evil_open_everything

    .section .note.GNU-stack, "", @progbits
