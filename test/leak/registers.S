// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// void leak_call(uint64_t entry, uint64_t index, void *block, struct leak_state *after, uint64_t mask): see
// registers.h.
#include "registers.h"

    .text
    .globl leak_call
    .type leak_call, @function
leak_call:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $40, %rsp
    mov %rcx, (%rsp)                // after
    mov %r8, 8(%rsp)                // mask
    stmxcsr 16(%rsp)
    fnstcw 20(%rsp)
    mov %rdi, 24(%rsp)              // entry
    movl $LEAK_MXCSR, 32(%rsp)
    ldmxcsr 32(%rsp)
    movl $LEAK_X87_CONTROL, 32(%rsp)
    fldcw 32(%rsp)
    mov %rdx, %rdi

// The canary, in all that can hold it.
    movabs $LEAK_CANARY, %rax
    mov %rax, 32(%rsp)
    .rept 8
    fildll 32(%rsp)
    .endr
    emms
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    movq %rax, %xmm\n
    punpcklqdq %xmm\n, %xmm\n
    .endr
    test $4, %r8d                   // AVX
    jz 1f
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    vinsertf128 $1, %xmm\n, %ymm\n, %ymm\n
    .endr
1:  .irp r, rbx, rbp, rcx, rdx, r8, r9, r10, r11, r12, r13, r14, r15
    mov %rax, %\r
    .endr
    call *24(%rsp)

    push %rax
    pushfq
    mov 16(%rsp), %rax
    popq LEAK_FLAGS(%rax)
    popq (%rax)
    mov %rcx, 8(%rax)
    mov %rdx, 16(%rax)
    mov %rbx, 24(%rax)
    mov %rbp, 40(%rax)
    mov %rsi, 48(%rax)
    mov %rdi, 56(%rax)
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov %r\n, 8 * \n(%rax)
    .endr
    mov %rsp, 32(%rax)
    stmxcsr LEAK_MXCSR_AT(%rax)
    fnstcw LEAK_X87_AT(%rax)
    fnstsw LEAK_X87_AT + 2(%rax)
    lea LEAK_IMAGE(%rax), %rcx
    mov 8(%rsp), %rax
    mov %rax, %rdx
    shr $32, %rdx
    xsave (%rcx)
    fninit
    ldmxcsr 16(%rsp)
    fldcw 20(%rsp)
    add $40, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size leak_call, . - leak_call

    .section .note.GNU-stack, "", @progbits
