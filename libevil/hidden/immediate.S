// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: the bytes 0f 01 ef c3 are the immediate of a mov, which objdump shows as such.
// 
// void evil_open_everything(void): PKRU becomes 0.
    .text
    .globl evil_open_everything
    .type evil_open_everything, @function
evil_open_everything:
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    jmp constant + 1
    .size evil_open_everything, . - evil_open_everything

    .globl constant
    .hidden constant
    .type constant, @function
constant:
    mov $0xc3ef010f, %eax
    ret
    .size constant, . - constant

    .section .note.GNU-stack, "", @progbits
