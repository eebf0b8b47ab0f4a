# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# What the gates are measured against: each part of a gate added to the one before, and the gates of others. All without the
# wrpkru itself (a no-op of the same length stands in its place). int64_t variant(void *block, uint64_t index)

#include "gate-macros.S"

.macro function name
        .globl  \name
        .type   \name, @function
        .p2align 4
\name:
.endm

.macro switch value
        xorl    %ecx, %ecx
        xorl    %edx, %edx
        movl    $\value, %eax
        nopl    (%rax)
        cmpl    $\value, %eax
        jne     die
.endm

.macro scrub_general
        .irp    r, ebx, esi, edi, r9d, r10d, r11d, r12d, r13d, r14d, r15d
        xorl    %\r, %\r
        .endr
.endm

        .text
function bench_target
        xorl    %eax, %eax
        ret

# As ERIM has it: inline, no stack of its own, nothing scrubbed.
function bench_erim
        switch  0x55555548
        call    bench_target
        movq    %rax, %r8
        switch  0x55555554
        movq    %r8, %rax
        ret

function bench_switches
        save_registers
        switch  0x55555548
        call    bench_target
        movq    %rax, %r8
        switch  0x55555554
        movq    %r8, %rax
        restore_registers
        ret

# A stack taken by atomic exchange.
function bench_stack
        save_registers
        movq    %rsp, %rbp
        switch  0x55555548
        movl    $1, %edx
        xorl    %eax, %eax
        lock cmpxchgl %edx, bench_slot(%rip)
        jne     die
        leaq    bench_stack_top(%rip), %rsp
        pushq   %rbp
        subq    $8, %rsp
        call    bench_target
        addq    $8, %rsp
        popq    %rbp
        movq    %rax, %r8
        movl    $0, bench_slot(%rip)
        movq    %rbp, %rsp
        switch  0x55555554
        movq    %r8, %rax
        restore_registers
        ret

# Four switches, scrubbing in both directions, as IA2's and Composite's call gates have.
function bench_four_switches
        save_registers
        movq    %rsp, %rbp
        switch  0x55555540
        leaq    bench_stack_top(%rip), %rsp
        pushq   %rbp
        vzeroall
        scrub_general
        switch  0x55555548
        subq    $8, %rsp
        call    bench_target
        addq    $8, %rsp
        movq    %rax, %r8
        vzeroall
        scrub_general
        switch  0x55555540
        popq    %rbp
        movq    %rbp, %rsp
        scrub_general
        switch  0x55555554
        movq    %r8, %rax
        restore_registers
        ret

die:    ud2

        .bss
        .p2align 8
bench_slot:
        .skip   256
        .skip   4096
bench_stack_top:
        .skip   64

        .section .note.GNU-stack, "", @progbits
