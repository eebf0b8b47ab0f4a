// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// void plain_pkey_window(void), void plain_pkey_gate(void): see plain_pkey.h.
    .text
    .globl plain_pkey_window
    .type plain_pkey_window, @function
plain_pkey_window:
    xor %ecx, %ecx
    rdpkru
    mov %eax, %r8d
    xor %eax, %eax
    xor %edx, %edx
    wrpkru
    mov $20000000, %r9d
1:  dec %r9d
    jnz 1b
    mov $110, %eax              // getppid: trusted code that makes a system call
    syscall
    xor %ecx, %ecx
    mov %r8d, %eax
    wrpkru
    ret
    .globl plain_pkey_window_end
plain_pkey_window_end:
    .size plain_pkey_window, . - plain_pkey_window

    .globl plain_pkey_gate
    .type plain_pkey_gate, @function
plain_pkey_gate:
    xor %ecx, %ecx
    xor %edx, %edx
    rdpkru
    mov %eax, %r8d
    xor %eax, %eax
    wrpkru
    mov %r8d, %eax
    wrpkru
    ret
    .globl plain_pkey_gate_end
plain_pkey_gate_end:
    .size plain_pkey_gate, . - plain_pkey_gate

    .section .note.GNU-stack, "", @progbits
