// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// To be included: what the gates and the vault's stack switches (libvault/machine.S) do alike.

// The callee-saved registers of the System V x86-64 ABI. What one saves another may restore: a call that waits is
// resumed by the gate or ended by the vault.
.macro save_registers
    .irp r, rbp, rbx, r12, r13, r14, r15
    pushq %\r
    .endr
.endm

.macro restore_registers
    .irp r, r15, r14, r13, r12, rbx, rbp
    popq %\r
    .endr
.endm

// A47: no indirect branch that somebody could have trained.
.macro jump_to_r14
    call .Lover\@
    lfence                              // where a misled CPU goes on; nothing else comes here, but a jump from outside
    ud2
.Lover\@:
    movq %r14, (%rsp)
    ret
.endm
