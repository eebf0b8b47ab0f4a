# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# void lean_fill_registers(void): LEAN_SECRET into all that a lean image can leave behind (A42).
        .set    SECRET, 0x5ec2e75ec2e75ec2

        .text
        .globl  lean_fill_registers
        .hidden lean_fill_registers
        .type   lean_fill_registers, @function
        .p2align 4
lean_fill_registers:
        movabsq $SECRET, %r8
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        movq    %r8, %xmm\n
        punpcklqdq %xmm\n, %xmm\n
        .endr
        .irp    r, rax, rcx, rdx, rsi, rdi, r9, r10, r11
        movq    %r8, %\r
        .endr
        ret
        .size   lean_fill_registers, . - lean_fill_registers

        .section .note.GNU-stack, "", @progbits
