# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The few instructions that C cannot express. System V ABI; contracts in machine.h.
#include "gate-macros.S"

        .text

# uint64_t vault_mask_below(uint64_t value, uint64_t bound)
        .globl  vault_mask_below
        .hidden vault_mask_below
        .type   vault_mask_below, @function
        .p2align 4
vault_mask_below:
        cmpq    %rsi, %rdi              # carry: value < bound
        sbbq    %rax, %rax
        ret
        .size   vault_mask_below, . - vault_mask_below

# long vault_syscall(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
        .globl  vault_syscall
        .hidden vault_syscall
        .type   vault_syscall, @function
        .p2align 4
vault_syscall:
        movq    %rdi, %rax
        movq    %rsi, %rdi
        movq    %rdx, %rsi
        movq    %rcx, %rdx
        movq    %r8, %r10
        syscall                         # destroys rcx and r11
        ret
        .size   vault_syscall, . - vault_syscall

# void vault_visit(uint64_t stack), _Noreturn void vault_leave(uint64_t stack). The layout is that of the gate's
# mpkgate_gate_suspend (gate-layout.h, struct gate_slot).
        .globl  vault_visit
        .hidden vault_visit
        .type   vault_visit, @function
        .p2align 4
vault_visit:
        save_registers
        movq    %rsp, %rax              # over there: what mpkgate_gate_suspend returns
        jmp     vault_leave
        .size   vault_visit, . - vault_visit

        .globl  vault_leave
        .hidden vault_leave
        .type   vault_leave, @function
        .p2align 4
vault_leave:
        movq    %rdi, %rsp
        restore_registers
        ret
        .size   vault_leave, . - vault_leave

# int vault_rdrand(uint64_t *number)
        .globl  vault_rdrand
        .hidden vault_rdrand
        .type   vault_rdrand, @function
        .p2align 4
vault_rdrand:
        xorl    %eax, %eax
        rdrand  %rcx
        setc    %al
        movq    %rcx, (%rdi)
        ret
        .size   vault_rdrand, . - vault_rdrand

# int vault_rdseed(uint64_t *number)
        .globl  vault_rdseed
        .hidden vault_rdseed
        .type   vault_rdseed, @function
        .p2align 4
vault_rdseed:
        xorl    %eax, %eax
        rdseed  %rcx
        setc    %al
        movq    %rcx, (%rdi)
        ret
        .size   vault_rdseed, . - vault_rdseed

        .section .note.GNU-stack, "", @progbits
