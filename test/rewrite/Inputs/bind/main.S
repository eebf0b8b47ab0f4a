// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ways that are the compiler's choice.
    .text
    .macro function name
    .globl \name
    .type \name, @function
\name:
    .cfi_startproc
    .endm
    .macro end name
    .cfi_endproc
    .size \name, . - \name
    .endm

    function tail
    jmp by_tail@PLT
    end tail

    function slot
    sub $8, %rsp
    .cfi_adjust_cfa_offset 8
    call *by_slot@GOTPCREL(%rip)
    add $8, %rsp
    .cfi_adjust_cfa_offset -8
    ret
    end slot

    function condition
    test %edi, %edi
    je by_condition@PLT
    xor %eax, %eax
    ret
    end condition

    function load
    mov by_load@GOTPCREL(%rip), %rax
    ret
    end load

    .section .note.GNU-stack, "", @progbits
