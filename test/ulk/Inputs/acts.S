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

    .globl jump_with_registers
    .hidden jump_with_registers
jump_with_registers:
    movq %rdi, %r15
    movq 8(%r15), %rax
    movq 16(%r15), %rcx
    movq 24(%r15), %rdx
    movq 32(%r15), %rbx
    movq 48(%r15), %rbp
    movq 56(%r15), %rsi
    movq 64(%r15), %rdi
    movq 72(%r15), %r8
    movq 80(%r15), %r9
    movq 88(%r15), %r10
    movq 96(%r15), %r11
    movq 104(%r15), %r12
    movq 112(%r15), %r13
    movq 120(%r15), %r14
    movq 40(%r15), %rsp
    movq (%r15), %r15
    call 1f
    ud2
1:  movq %r15, (%rsp)                   // an indirect jump that the proof of the lean gate accepts
    ret

    .globl call_on_stack
    .hidden call_on_stack
call_on_stack:
    pushq %rbp
    movq %rsp, %rbp
    movq %rdx, %rsp
    movq %rdi, %r11
    movq %rsi, %rdi
    call 1f
    movq %rbp, %rsp
    popq %rbp
    ret
1:  pushq %r11                          // as in jump_with_registers
    ret

    .globl bob_landing
    .hidden bob_landing
bob_landing:
    int3
    jmp bob_landing

    .section .note.GNU-stack, "", @progbits
