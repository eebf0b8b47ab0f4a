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

// long mpkgate_call_on_stack(long (*function)(void *), void *argument, uint64_t top)
function mpkgate_call_on_stack
    pushq %rbp
    movq %rsp, %rbp
    movq %rdx, %rsp
    movq %rdi, %rax
    movq %rsi, %rdi
    call *%rax
    movq %rbp, %rsp
    popq %rbp
    ret

// int64_t mpkgate_start(uint64_t block, uint64_t index): called by a gate alone, whose %r12 is its area's GATE_SLOTS
function mpkgate_start
    leaq -GATE_SLOTS(%r12), %rdi
    jmp start_vault

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
