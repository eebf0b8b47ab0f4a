# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# void lean_look(void (*function)(void), struct look *look)
        .text
        .globl  lean_look
        .type   lean_look, @function
        .p2align 4
lean_look:
        pushq   %rbx
        movq    %rsi, %rbx
        call    *%rdi
        movq    %rax, 0(%rbx)
        movq    %rcx, 8(%rbx)
        movq    %rdx, 16(%rbx)
        movq    %rsi, 24(%rbx)
        movq    %rdi, 32(%rbx)
        movq    %r8, 40(%rbx)
        movq    %r9, 48(%rbx)
        movq    %r10, 56(%rbx)
        movq    %r11, 64(%rbx)
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        movdqu  %xmm\n, (72 + 16 * \n)(%rbx)
        .endr
        popq    %rbx
        ret
        .size   lean_look, . - lean_look

        .section .note.GNU-stack, "", @progbits
