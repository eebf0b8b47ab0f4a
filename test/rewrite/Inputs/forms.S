// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Instructions that hold a pattern in a constant, a displacement or more than one field, in the forms that compilers write.
// Each function takes a number in rdi, one in rsi and a pointer to 64 bytes in rdx, and gives back a number and the flags.

.macro begin name
.globl \name
.type \name, @function
.p2align 4
\name:
    .cfi_startproc
.endm

// What the instruction did: rax, and the arithmetic flags in the upper half.
.macro end name
    pushfq
    pop %rcx
    and $0x8d5, %ecx
    shl $48, %rcx
    xor %rcx, %rax
    ret
    .cfi_endproc
.size \name, . - \name
.endm

begin load
    mov $0x00ef010f, %eax
    add %rdi, %rax
end load
begin load_movabs
    movabs $0x1122ef010f334455, %rax
    add %rdi, %rax
end load_movabs
begin load_signed
    mov $-0x10fef1, %rax           // 48 c7 c0 0f 01 ef ff
    add %rdi, %rax
end load_signed
begin load_keeps_flags
    cmp %rsi, %rdi
    mov $0x00ef010f, %eax
end load_keeps_flags
begin add_eax
    mov %edi, %eax
    add $0x28ae0f00, %eax
end add_eax
begin sub_reg
    mov %rdi, %rax
    sub $0x00ef010f, %rax
end sub_reg
begin adc_reg
    mov %rdi, %rax
    stc
    adc $0x00ef010f, %eax
end adc_reg
begin sbb_reg
    mov %rdi, %r9
    stc
    sbb $0x6bae0f11, %r9d
    mov %r9, %rax
end sbb_reg
begin and_reg
    mov %edi, %eax
    and $0xef010f12, %eax
end and_reg
begin or_reg
    mov %rdi, %r10
    or $0x00ef010f, %r10
    mov %r10, %rax
end or_reg
begin xor_reg
    mov %edi, %eax
    xor $0x1128ae0f, %eax
end xor_reg
begin cmp_reg
    mov %rsi, %rax
    cmp $0x2eae0f77, %edi
end cmp_reg
begin test_reg
    mov %rsi, %rax
    test $0x00ef010f, %edi
end test_reg
begin imul_reg
    imul $0x00ef010f, %rdi, %rax
end imul_reg
begin imul_memory
    imul $0x28ae0f, 8(%rdx), %eax
end imul_memory
begin push_constant
    mov %rdi, -8(%rsp)
    push $0x00ef010f
    pop %rax
end push_constant
begin store_constant
    movl $0x00ef010f, 4(%rdx)
    mov (%rdx), %rax
end store_constant
begin store_signed
    movq $-0x10fef1, 8(%rdx)
    mov 8(%rdx), %rax
end store_signed
begin or_memory
    push %rdi
    mov %rdx, %rdi
    orl $0x1200ef01, (%rdi)        // 81 0f 01 ef 00 12
    pop %rdi
    mov (%rdx), %rax
end or_memory
begin store_packed
    push %rdi
    mov %rdx, %rdi
    movl $0x1234ef01, 15(%rdi)     // c7 47 0f 01 ef 34 12
    pop %rdi
    mov 15(%rdx), %eax
end store_packed
begin store_packed_xrstor
    push %rdi
    mov %rdx, %rdi
    movl $0x123428ae, 15(%rdi)     // c7 47 0f ae 28 34 12
    pop %rdi
    mov 15(%rdx), %eax
end store_packed_xrstor
begin displacement
    lea -0xef010f(%rdx), %rcx
    movzbl 0xef010f(%rcx), %eax
end displacement
begin displacement_flags
    cmp %rsi, %rdi
    lea -0xef010f(%rdx), %rcx
    mov 0xef010f(%rcx), %rax
end displacement_flags
begin displacement_index
    lea -0x1200ef01(%rdx), %rdi
    mov $1, %ecx
    movzbl 0x1200ef01(%rdi,%rcx), %eax // 0f b6 84 0f 01 ef 00 12
end displacement_index
begin displacement_store
    lea -0xef010f(%rdx), %rcx
    mov %esi, 0xef010f(%rcx)
    mov (%rdx), %rax
end displacement_store
begin displacement_vector
    lea -0xef010f(%rdx), %rcx
    movdqu 0xef010f(%rcx), %xmm0
    movq %xmm0, %rax
end displacement_vector
begin displacement_and_constant
    lea -0xef010f(%rdx), %rcx
    addl $0x28ae0f, 0xef010f(%rcx)
    mov (%rdx), %rax
end displacement_and_constant
begin red_zone
    mov %rdi, -8(%rsp)
    mov %rsi, -128(%rsp)
    xor $0x00ef010f, %edi
    mov -8(%rsp), %rax
    add -128(%rsp), %rax
    add %rdi, %rax
end red_zone
begin stack_memory
    push %rsi
    push %rdi
    addl $0x00ef010f, 8(%rsp)
    pop %rax
    pop %rcx
    add %rcx, %rax
end stack_memory
begin lea_constant
    lea 0xef010f(%rdi), %rax
end lea_constant
begin lea_index
    lea 0x28ae0f(%rdi,%rsi,4), %rax
end lea_index
begin compare_memory
    mov %rsi, %rax
    cmpl $0x00ef010f, 4(%rdx)
end compare_memory
begin all_low_registers
    push %rbx
    mov %edi, %ebx
    mov %esi, %ecx
    lea (%rdi,%rsi), %rax
    xchg %rdi, %rdx
    xor $0x00ef010f, %ebx
    mov %rbx, %rax
    pop %rbx
end all_low_registers
begin displacement_alone
    lea -0xef010f(%rdx), %rdi
    movzbl 0xef010f(,%rdi,1), %eax
end displacement_alone
begin locked
    mov %rdx, %r8
    lock addl $0x00ef010f, (%r8)
    mov (%rdx), %eax
end locked
begin exchange
    lea -0xef010f(%rdx), %rcx
    mov (%rdx), %eax
    lock cmpxchg %esi, 0xef010f(%rcx)
    mov (%rdx), %rax
end exchange
begin thread_pointer
    mov %rdi, %rax
    cmpl $0x00ef010f, %fs:0
    lea 1(%rax), %rax
    and $0, %ecx
end thread_pointer
begin thread_pointer_displacement
    mov $-0xef010f, %rcx
    mov %fs:0xef010f(%rcx), %rax
    cmp %fs:0, %rax
    mov $1, %eax
end thread_pointer_displacement
begin divide
    mov %rdx, %r8
    lea -0xef010f(%rdx), %rcx
    mov %edi, %eax
    xor %edx, %edx
    orl $1, (%r8)
    divl 0xef010f(%rcx)
    mov %r8, %rdx
    and $0, %ecx
end divide
begin set_byte
    lea -0xef010f(%rdx), %rcx
    cmp %rsi, %rdi
    seta 0xef010f(%rcx)
    movzbl (%rdx), %eax
end set_byte
begin shift
    lea -0xef010f(%rdx), %r10
    mov %esi, %ecx
    roll %cl, 0xef010f(%r10)
    mov (%rdx), %eax
    and $0, %esi
end shift
begin byte_registers
    lea -0xef010f(%rdx), %rcx
    mov %edi, %eax
    add 0xef010f(%rcx), %ah
    movzwl %ax, %eax
end byte_registers
begin shuffle
    lea -0xef010f(%rdx), %rcx
    pshufd $0x1b, 0xef010f+1-1(%rcx), %xmm1
    movq %xmm1, %rax
end shuffle
begin spanning_reencoded
    push %rbp
    mov %esi, %ebp
    rol $15, %r8d
    add %ebp, %edi                 // .. 0f | 01 ef
    pop %rbp
    mov %rdi, %rax
end spanning_reencoded
begin spanning_index
    mov %rsi, %rcx
    push %rbp
    mov %esi, %ebp
    lea (%rdi,%rcx), %r9           // 4c 8d 0c 0f
    add %ebp, %edi                 // 01 ef
    pop %rbp
    lea (%rdi,%r9), %rax
end spanning_index
begin spanning_moved
    mov %edi, %eax
    xor $0xae0f1234, %eax          // 35 34 12 0f ae
    sub %esi, %eax                 // 29 f0
end spanning_moved
.section .note.GNU-stack,"",@progbits
