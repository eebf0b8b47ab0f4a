// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
    .text
    .globl jump_with_stack
    .hidden jump_with_stack
jump_with_stack:
    movq %rsi, %rsp
    pushq %rdi
    xorl %eax, %eax
    ret

    .globl return_elsewhere
    .hidden return_elsewhere
return_elsewhere:
    movq %rdi, (%rsp)
    xorl %eax, %eax
    ret

    .globl system_call
    .hidden system_call
system_call:
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    syscall
    ret

    .section .note.GNU-stack, "", @progbits
