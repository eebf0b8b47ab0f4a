// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What C cannot say (sys.h has the prototypes).
#include "gate-layout.h"

.macro function name
    .globl \name
    .hidden \name
    .type \name, @function
    .p2align 4
\name:
.endm

    .text

// long mpkgate_syscall(long number, long a, long b, long c, long d, long e, long f)
function mpkgate_syscall
    movq %rdi, %rax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    movq 8(%rsp), %r9
    syscall
    ret

function mpkgate_rdpkru
    xorl %ecx, %ecx
    rdpkru
    ret

// void mpkgate_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
function mpkgate_cpuid
    pushq %rbx
    movq %rdx, %r8
    movl %edi, %eax
    movl %esi, %ecx
    cpuid
    movl %eax, (%r8)
    movl %ebx, 4(%r8)
    movl %ecx, 8(%r8)
    movl %edx, 12(%r8)
    popq %rbx
    ret

function mpkgate_xcr0
    xorl %ecx, %ecx
    xgetbv
    shlq $32, %rdx
    orq %rdx, %rax
    ret

// long mpkgate_call_on_stack(long (*function)(void *), void *argument, uint64_t top, uint64_t fs_base)
function mpkgate_call_on_stack
    pushq %rbp
    pushq %rbx
    pushq %r12
    movq %rsp, %rbp
    movq %rcx, %rbx
    testq %rbx, %rbx
    jz 1f
    rdfsbase %r12
    wrfsbase %rbx
1:  movq %rdx, %rsp
    movq %rdi, %rax
    movq %rsi, %rdi
    call *%rax
    testq %rbx, %rbx
    jz 2f
    wrfsbase %r12
2:  movq %rbp, %rsp
    popq %r12
    popq %rbx
    popq %rbp
    ret

// long mpkgate_close(uint64_t finish): builds what the gate's way out takes down.
function mpkgate_close
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, %rbp
    xorl %r8d, %r8d
    jmp *%rdi

// void *memcpy(void *to, const void *from, size_t size)
function memcpy
    movq %rdi, %rax
    movq %rdx, %rcx
    rep movsb
    ret

// void *memset(void *to, int byte, size_t size)
function memset
    movq %rdi, %r8
    movl %esi, %eax
    movq %rdx, %rcx
    rep stosb
    movq %r8, %rax
    ret

    .section .note.GNU-stack, "", @progbits
