// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See evil_asm.h. No forbidden byte pattern may stand here: this is the hostile library that a verifier
// accepts.
    .text

// int evil_int80(uint32_t number, uint32_t first, uint32_t second, uint32_t third)
    .globl evil_int80
    .type evil_int80, @function
evil_int80:
    push %rbx
    mov %edi, %eax
    mov %esi, %ebx
    xchg %edx, %ecx         // third argument of ours is in ecx, second in edx: the kernel wants them the other way
    int $0x80
    pop %rbx
    ret
    .size evil_int80, . - evil_int80

// _Noreturn void evil_sigreturn_at(void *context)
    .globl evil_sigreturn_at
    .type evil_sigreturn_at, @function
evil_sigreturn_at:
    mov %rdi, %rsp
    mov $15, %eax
    syscall
    ud2
    .size evil_sigreturn_at, . - evil_sigreturn_at

// What a signal handler returns to: rt_sigreturn with the kernel's own frame.
    .globl evil_restorer
    .type evil_restorer, @function
evil_restorer:
    mov $15, %eax
    syscall
    ud2
    .size evil_restorer, . - evil_restorer

// void evil_xsave(void *area, uint64_t mask)
    .globl evil_xsave
    .type evil_xsave, @function
evil_xsave:
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
    xsave (%rdi)
    ret
    .size evil_xsave, . - evil_xsave

// void evil_call_and_look(void (*function)(void), uint64_t *words, void *area, uint64_t mask)
    .globl evil_call_and_look
    .type evil_call_and_look, @function
evil_call_and_look:
    push %r12
    push %r13
    push %r14
    mov %rsi, %r12
    mov %rdx, %r13
    mov %rcx, %r14
    call *%rdi
    mov %rax, (%r12)
    mov %rcx, 8(%r12)
    mov %rdx, 16(%r12)
    mov %rsi, 24(%r12)
    mov %rdi, 32(%r12)
    mov %r8, 40(%r12)
    mov %r9, 48(%r12)
    mov %r10, 56(%r12)
    mov %r11, 64(%r12)
    .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    mov -8 * \n(%rsp), %rax
    mov %rax, 64 + 8 * \n(%r12)
    .endr
    mov %r14d, %eax
    mov %r14, %rdx
    shr $32, %rdx
    xsave (%r13)
    pop %r14
    pop %r13
    pop %r12
    ret
    .size evil_call_and_look, . - evil_call_and_look

// uint64_t evil_xgetbv(void)
    .globl evil_xgetbv
    .type evil_xgetbv, @function
evil_xgetbv:
    xor %ecx, %ecx
    xgetbv
    shl $32, %rdx
    or %rdx, %rax
    ret
    .size evil_xgetbv, . - evil_xgetbv

// int evil_call_poisoned(int32_t (*function)(uint8_t *, size_t), uint8_t *buffer, size_t size, struct
// evil_state *after)
    .globl evil_call_poisoned
    .type evil_call_poisoned, @function
evil_call_poisoned:
    push %rbx
    push %r12
    push %r13
    sub $16, %rsp
    rdfsbase %rbx
    rdgsbase %r12
    mov %rcx, %r13
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    movl $0xff80, 8(%rsp)       // EVIL_MXCSR: exceptions masked, to zero, flush to zero
    ldmxcsr 8(%rsp)
    movl $0x0c7f, 8(%rsp)       // EVIL_X87_CONTROL: exceptions masked, to zero, single precision
    fldcw 8(%rsp)
    .rept 8
    fldpi
    .endr
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    xor %edx, %edx
    wrfsbase %rdx
    wrgsbase %rdx
    std
    call *%rax
    cld
    rdfsbase %rdx
    mov %rdx, (%r13)
    stmxcsr 8(%r13)
    movl $0, 12(%r13)
    fnstcw 12(%r13)
    wrfsbase %rbx
    wrgsbase %r12
    fninit
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    add $16, %rsp
    pop %r13
    pop %r12
    pop %rbx
    ret
    .size evil_call_poisoned, . - evil_call_poisoned

// int evil_jump(const struct evil_registers *registers)
    .globl evil_jump
    .type evil_jump, @function
evil_jump:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    mov %rsp, own_stack(%rip)
    rdfsbase %rax
    mov %rax, own_fs_base(%rip)
    rdgsbase %rax
    mov %rax, own_gs_base(%rip)
    mov 17 * 8(%rdi), %rax
    mov %rax, jump_target(%rip)
    mov 18 * 8(%rdi), %rax
    wrfsbase %rax
    mov 19 * 8(%rdi), %rax
    wrgsbase %rax
    mov (%rdi), %rax
    mov 8(%rdi), %rcx
    mov 16(%rdi), %rdx
    mov 24(%rdi), %rbx
    mov 40(%rdi), %rbp
    mov 48(%rdi), %rsi
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov 8 * \n(%rdi), %r\n
    .endr
    push 16 * 8(%rdi)
    popfq
    mov 32(%rdi), %rsp
    mov 56(%rdi), %rdi
    jmp *jump_target(%rip)

    .globl evil_landing
evil_landing:
    mov %rax, evil_landed_registers(%rip)
    lea evil_landed_registers(%rip), %rax
    mov %rcx, 8(%rax)
    mov %rdx, 16(%rax)
    mov %rbx, 24(%rax)
    mov %rsp, 32(%rax)
    mov %rbp, 40(%rax)
    mov %rsi, 48(%rax)
    mov %rdi, 56(%rax)
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov %r\n, 8 * \n(%rax)
    .endr
    xor %ecx, %ecx
    rdpkru
    mov %eax, evil_landed_pkru(%rip)
    xor %eax, %eax
    jmp back

    .globl evil_fault
evil_fault:
    mov %rdx, evil_fault_context(%rip)
    mov %edi, %eax
back:
    mov own_stack(%rip), %rsp
    push $0x202
    popfq
    mov own_fs_base(%rip), %rcx
    wrfsbase %rcx
    mov own_gs_base(%rip), %rcx
    wrgsbase %rcx
    fninit
    fldcw 4(%rsp)
    ldmxcsr (%rsp)
    add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size evil_jump, . - evil_jump

    .local own_stack
    .comm own_stack, 8, 8
    .local own_fs_base
    .comm own_fs_base, 8, 8
    .local own_gs_base
    .comm own_gs_base, 8, 8
    .local jump_target
    .comm jump_target, 8, 8
    .bss
    .globl evil_landed_registers
    .hidden evil_landed_registers
    .type evil_landed_registers, @object
    .p2align 3
evil_landed_registers:
    .zero 20 * 8
    .size evil_landed_registers, 20 * 8
    .globl evil_fault_context
    .hidden evil_fault_context
    .type evil_fault_context, @object
evil_fault_context:
    .zero 8
    .size evil_fault_context, 8
    .globl evil_landed_pkru
    .hidden evil_landed_pkru
    .type evil_landed_pkru, @object
evil_landed_pkru:
    .zero 4
    .size evil_landed_pkru, 4
    .text

    .globl evil_syscall
evil_syscall:
    syscall
    ud2

// void evil_call_stepping(const void *function)
    .globl evil_call_stepping
    .type evil_call_stepping, @function
evil_call_stepping:
    pushfq
    orq $0x100, (%rsp)
    popfq
    call *%rdi
    pushfq
    andq $~0x100, (%rsp)
    popfq
    ret
    .size evil_call_stepping, . - evil_call_stepping

// void evil_end_thread(void)
    .globl evil_end_thread
    .type evil_end_thread, @function
evil_end_thread:
    xor %edi, %edi
    mov $60, %eax
    syscall
    .size evil_end_thread, . - evil_end_thread

// long evil_thread_with_signal(void *stack, int process, int signal)
    .globl evil_thread_with_signal
    .type evil_thread_with_signal, @function
evil_thread_with_signal:
    push %rbx
    push %r12
    mov %esi, %ebx
    mov %edx, %r12d
    mov %rdi, %rsi
    mov $0x50f00, %edi          // VM, FS, FILES, SIGHAND, THREAD, SYSVSEM
    xor %edx, %edx
    xor %r10d, %r10d
    xor %r8d, %r8d
    mov $56, %eax
    syscall
    test %rax, %rax
    jz 1f
    pop %r12
    pop %rbx
    ret
1:  mov $186, %eax
    syscall
    mov %eax, %esi
    mov %ebx, %edi
    mov %r12d, %edx
    mov $234, %eax
    syscall
    jmp evil_end_thread@PLT
    .size evil_thread_with_signal, . - evil_thread_with_signal

// long evil_thread_with_tid(void *stack, void *child_tid)
    .globl evil_thread_with_tid
    .type evil_thread_with_tid, @function
evil_thread_with_tid:
    mov %rsi, %r10
    lea -8(%rdi), %rdx          // where the parent's number goes: a place that can be written
    mov %rdi, %rsi
    rdfsbase %r8
    mov $0x3d0f00, %edi
    mov $56, %eax
    syscall
    test %rax, %rax
    jz evil_end_thread@PLT
    ret
    .size evil_thread_with_tid, . - evil_thread_with_tid

// void evil_far_jump(uint32_t address)
    .globl evil_far_jump
    .type evil_far_jump, @function
evil_far_jump:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, own_stack(%rip)
    mov %edi, far_pointer(%rip)
    movw $0x23, 4 + far_pointer(%rip)
    ljmpl *far_pointer(%rip)
    .globl evil_far_landing
evil_far_landing:
    mov own_stack(%rip), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size evil_far_jump, . - evil_far_jump
    .local far_pointer
    .comm far_pointer, 8, 8

// The four bytes before an abort handler must be the signature that was registered, glibc's here.
    .p2align 4
    .long 0x53053053
    .globl evil_rseq_abort
    .type evil_rseq_abort, @function
evil_rseq_abort:
    lea rseq_stack_end(%rip), %rsp
    call evil_rseq_landed@PLT
    ud2
    .size evil_rseq_abort, . - evil_rseq_abort

    .local rseq_stack
    .comm rseq_stack, 65536, 16
    .set rseq_stack_end, rseq_stack + 65536

// A25. The pages are their own section so that nothing else shares them.
    .section .text.halves, "ax", @progbits
    .p2align 12
    .globl evil_half_first
    .type evil_half_first, @function
evil_half_first:
    xor %eax, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    .fill 4096 - 6 - 2, 1, 0x90
    .byte 0x0f, 0x01
    .size evil_half_first, . - evil_half_first
    .fill 4096, 1, 0xcc
    .globl evil_half_second
    .type evil_half_second, @function
evil_half_second:
    .byte 0xef, 0xc3
    .fill 4094, 1, 0xcc
    .size evil_half_second, . - evil_half_second

    .section .note.GNU-stack, "", @progbits
