// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The direct gate. Data of this library: the seal copies it to each vault's gate area (gate-layout.h), makes each rdpkru
// (0F 01 EE) at a mpkgate_wrpkru_* label a wrpkru (0F 01 EF), and puts that vault's rights behind mpkgate_open_* and
// mpkgate_check_*. With those of the ULK gate (ulk.S) these are the only wrpkru of the process.
//
// Two switches, no third: one way in, behind which nothing from before is trusted, and one way out, behind which nothing
// is left to protect. A jump to any byte of this page ends in a legal call, in `die`, or in a fault with PKRU closed (A4):
// all vault memory that the code touches before the opening switch or after a jump past it faults, because PKRU is closed.
//
//     int64_t gate(void *block, uint64_t index)      %rdi, %rsi; System V x86-64 ABI
//
// Returns 0 or an enum mpkgate_refusal (negative). A positive value: the vault asks the client for something (mpkgate-abi.h,
// struct mpkgate_request) and waits; the client answers by calling the same gate with that value and bit 63 as the index.
//
// Preserved: %rbx %rbp %r12-%r15 %rsp, %fs and %gs base, MXCSR, x87 control word. Everything else comes back zero.
//
// Assembled twice: this is the full gate, for any image; gates-lean.S makes of it the lean one, for an image of which
// mpk-run has shown (verifier/loader/lean.c) that it leaves x87, MXCSR, %fs, %gs, and all of the vector registers but
// xmm0 to 15 alone. What such an image cannot touch is neither saved nor set nor scrubbed.
#include "gate-layout.h"
#include "gate-macros.S"

#define PKRU_CLOSED 0x55555554
#define PKRU_OPEN_CRYPTO 0x55555548
#define PKRU_OPEN_MANAGE 0x55555540
#define REFUSED_NO_FUNCTION -1
#define REFUSED_NO_SLOT -4

// The frame on the vault stack during a call.
#define FRAME_CLIENT_RSP 0
#define FRAME_SLOT 8
#define FRAME_MXCSR 16
#define FRAME_X87_CONTROL 20
#define FRAME_FS 24
#define FRAME_GS 32
#define FRAME_SCRATCH 40
#define FRAME_SIZE 48

#define X87_CONTROL 0x37f // what fninit sets

    .section .rodata.mpkgate_gates, "a", @progbits
    .p2align 12
    .globl mpkgate_gates_begin
    .hidden mpkgate_gates_begin
mpkgate_gates_begin:

// The client's callee-saved registers go to the client's own stack while PKRU is still closed: what the client does to
// them there is its own affair.
.macro opening_switch class, number, pkru, fixed
    .p2align 4
    .globl mpkgate_gate_\class
    .hidden mpkgate_gate_\class
mpkgate_gate_\class:
    save_registers
    movq %rsp, %rbp
    xorl %ecx, %ecx
    xorl %edx, %edx
    .globl mpkgate_open_\class
    .hidden mpkgate_open_\class
mpkgate_open_\class:
    movl $\pkru, %eax
    .globl mpkgate_wrpkru_\class
    .hidden mpkgate_wrpkru_\class
mpkgate_wrpkru_\class:
    rdpkru
    .globl mpkgate_check_\class
    .hidden mpkgate_check_\class
mpkgate_check_\class:
#ifndef MPKGATE_BROKEN_CHECK            // MPKGATE_BROKEN_*: for tests of the tests, see CMakeLists.txt
    cmpl $\pkru, %eax                   // A4: whoever jumped to the switch with rights of his own choice dies here
    jne die
#endif
    .globl mpkgate_xabort_\class
    .hidden mpkgate_xabort_\class
mpkgate_xabort_\class:
    nopl (%rax)                         // A37: the seal makes this `xabort $0` where the CPU has transactions
    movl $\number, %r13d                // A57: the class is the entry's, not the client's
    movq (mpkgate_gates_begin + GATE_FIXED + \fixed)(%rip), %r14
.endm

// The client's control state into the frame at the top of the stack of slot %rbx, the vault's into the CPU.
.macro enter_vault_state
    movq GATE_SLOT_STACK(%rbx), %rsp
#ifndef GATE_LEAN
    pushfq                              // Inside the frame: below it a call may wait
    popq %rax
    testl $0x247500, %eax               // A41, A9b: ID, AC, NT, IOPL, DF, TF
    jz .Lflags\@                       // not a numeric label: a jump over the macro must not end in it
    pushq $0x202
    popfq
.Lflags\@:
#endif
    subq $FRAME_SIZE, %rsp
    movq %rbp, FRAME_CLIENT_RSP(%rsp)
    movq %rbx, FRAME_SLOT(%rsp)
#ifndef GATE_LEAN                       // A41 in the lean gate: TF or AC end the process, and NT has no effect
    fnstcw FRAME_X87_CONTROL(%rsp)
    fnstsw %ax                          // A41: a full x87 stack, unmasked exceptions, MMX state
    testw %ax, %ax
    jnz .Lx87\@
    cmpw $X87_CONTROL, FRAME_X87_CONTROL(%rsp)
    jne .Lx87\@
    emms                                // all that is left of fninit to do
    jmp .Lmxcsr\@
.Lx87\@:
    fninit
.Lmxcsr\@:
    stmxcsr FRAME_MXCSR(%rsp)
    movl (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_MXCSR)(%rip), %eax
    cmpl %eax, FRAME_MXCSR(%rsp)
    je .Lfs\@
    ldmxcsr (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_MXCSR)(%rip)
.Lfs\@:
    rdfsbase %rax
    movq %rax, FRAME_FS(%rsp)
    movq (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_FS_BASE)(%rip), %rax
    wrfsbase %rax                       // A33: a stack protector, if the image has one, reads its canary at %fs:0x28
    rdgsbase %rax
    movq %rax, FRAME_GS(%rsp)
    testq %rax, %rax
    jz .Lgs\@
    xorl %eax, %eax
    wrgsbase %rax
.Lgs\@:
#endif
    xorl %ebp, %ebp
.endm

    opening_switch crypto, 0, PKRU_OPEN_CRYPTO, GATE_FIXED_ENTER_CRYPTO
    jmp open
    opening_switch manage, 1, PKRU_OPEN_MANAGE, GATE_FIXED_ENTER_MANAGE

// Open. %rdi, %rsi, %rbp are the client's and only handed on; every other register is set before it is used.
open:
    cld                                 // A41
    leaq (mpkgate_gates_begin + GATE_SLOTS)(%rip), %r12
    testq %rsi, %rsi
    js resume
    // A43: a stack of the vault's, never one that %rsp, %fs or %gs point to. The client's stack pointer is a hint where to
    // begin the search: threads differ in it, and any start is as safe as another.
    movq %rbp, %rax
    shrq $12, %rax
    imull $0x9e3779b1, %eax, %r9d
    shrl $26, %r9d
    movl $GATE_SLOT_COUNT, %ecx
    movl $GATE_SLOT_RUNNING, %edx
next_slot:
    andl $(GATE_SLOT_COUNT - 1), %r9d
    movl %r9d, %ebx
    shlq $8, %rbx                       // GATE_SLOT_STRIDE
    addq %r12, %rbx
    xorl %eax, %eax                     // GATE_SLOT_FREE
#ifdef MPKGATE_BROKEN_SLOT
    cmpl %eax, GATE_SLOT_STATE(%rbx)
    jne 2f
    movl $20000, %r10d                  // long enough for another thread to come
1:  decl %r10d
    jnz 1b
    movl %edx, GATE_SLOT_STATE(%rbx)
    jmp have_slot
2:
#else
    lock cmpxchgl %edx, GATE_SLOT_STATE(%rbx)
    je have_slot
#endif
    incl %r9d
    decl %ecx
    jnz next_slot
    movq $REFUSED_NO_SLOT, %r8          // A44: bounded; the caller gets an error
    jmp mpkgate_gate_finish

have_slot:
    movl %r13d, GATE_SLOT_CLASS(%rbx)
    enter_vault_state
    call call_vault
    jmp gate_return
call_vault:
    jump_to_r14

gate_return:
    movq %rax, %r8                      // what the vault says: 0 or an enum mpkgate_refusal
    movl $GATE_SLOT_FREE, %r9d
leave_vault_state:
#ifndef GATE_LEAN
    movq FRAME_FS(%rsp), %rax
    wrfsbase %rax
    rdgsbase %rax                       // an image with the full gate may have changed it
    cmpq %rax, FRAME_GS(%rsp)
    je 1f
    movq FRAME_GS(%rsp), %rax
    wrgsbase %rax
1:  emms                                // room for eight
    fildl (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_ZERO)(%rip) // A42: last instruction and operand: the gate's
    .rept 7                             // A42: the data registers outlive fninit
    fldz
    .endr
    emms
    fnstcw FRAME_SCRATCH(%rsp)
    movl FRAME_SCRATCH(%rsp), %eax
    cmpw $X87_CONTROL, %ax
    jne 1f
    fnstsw %ax                          // A42: what the vault's last operation came to
    testw %ax, %ax
    jz 2f
1:  fninit
2:  cmpw $X87_CONTROL, FRAME_X87_CONTROL(%rsp)
    je 1f
    fldcw FRAME_X87_CONTROL(%rsp)
1:  stmxcsr FRAME_SCRATCH(%rsp)         // A42: the client's sticky bits, not ours
    movl FRAME_SCRATCH(%rsp), %eax
    cmpl %eax, FRAME_MXCSR(%rsp)
    je 1f
    ldmxcsr FRAME_MXCSR(%rsp)
1:
#endif
    movq FRAME_CLIENT_RSP(%rsp), %rbp
    movq FRAME_SLOT(%rsp), %rbx
    movl %r9d, GATE_SLOT_STATE(%rbx)    // from here on the stack is another thread's
    jmp mpkgate_gate_finish

// int64_t mpkgate_gate_suspend(void): called by the vault, open, on a vault stack. The gate returns the token to the client;
// when the client comes back with it, this returns 0. No switch of its own: the way out and the way in are the gate's.
    .p2align 4
    .globl mpkgate_gate_suspend
    .hidden mpkgate_gate_suspend
mpkgate_gate_suspend:
    save_registers
    movq %rsp, %rax
    orq $(GATE_STACK_STRIDE - 1), %rax
    subq $(FRAME_SIZE - 1), %rax        // the frame at the top of this stack
    movq FRAME_SLOT(%rax), %rbx
    movq %rsp, GATE_SLOT_RESUME(%rbx)
    movq %rax, %rsp
    movl GATE_SLOT_TOKEN(%rbx), %r9d
    incl %r9d
    andl $0x7fffffff, %r9d
    cmpl $GATE_TOKEN_FIRST, %r9d
    jae 1f
    movl $GATE_TOKEN_FIRST, %r9d
1:  movl %r9d, GATE_SLOT_TOKEN(%rbx)
    leaq (mpkgate_gates_begin + GATE_SLOTS)(%rip), %r8
    subq %rbx, %r8
    negq %r8
    shlq $24, %r8                       // slot number (offset / 256) into bits 32 and up
    orq %r9, %r8
    jmp leave_vault_state

// The client is back. %rsi: bit 63, slot number in bits 32 to 37, token in bits 0 to 31, zeros between. The records are in V memory and
// one-shot: exactly one comer changes the token into RUNNING. Stack and return address come from the record alone.
resume:
    movq %rsi, %rax
    shrq $32, %rax
    cmpl $(0x80000000 + GATE_SLOT_COUNT - 1), %eax
    ja 1f
    andl $(GATE_SLOT_COUNT - 1), %eax   // A47: bounded for the speculating CPU as well
    movl %eax, %ebx
    shlq $8, %rbx                       // GATE_SLOT_STRIDE
    addq %r12, %rbx
    movl %esi, %eax
    cmpl $GATE_TOKEN_FIRST, %eax        // FREE and RUNNING are no tokens
    jb 1f
    movl $GATE_SLOT_RUNNING, %edx
    lock cmpxchgl %edx, GATE_SLOT_STATE(%rbx)
    jne 1f
    cmpl %r13d, GATE_SLOT_CLASS(%rbx)   // A57: a call goes on with the rights it began with
    jne die
    enter_vault_state
    movq GATE_SLOT_RESUME(%rbx), %rsp
    restore_registers
    xorl %eax, %eax
    ret
1:  movq $REFUSED_NO_FUNCTION, %r8

// %r8: the result. %rbp: the client's stack with its six saved registers.
    .globl mpkgate_gate_finish
    .hidden mpkgate_gate_finish
mpkgate_gate_finish:
    // A42: nothing of the vault's stays in a register.
#ifndef MPKGATE_BROKEN_SCRUB
    movl (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_FEATURES)(%rip), %eax
#ifdef GATE_LEAN
    testl $GATE_FEATURE_AVX, %eax
    jz 2f
    vzeroall                            // quicker than sixteen pxor, and no penalty for the client's own ymm
    jmp 1f
2:  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    pxor %xmm\n, %xmm\n
    .endr
#else
    testl $GATE_FEATURE_AVX, %eax
    jz 2f
    testl $GATE_FEATURE_AVX512, %eax
    jz 3f
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    vpxorq %xmm\n, %xmm\n, %xmm\n      // all 512 bits, and no 512-bit work for it
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    kxorw %k\n, %k\n, %k\n
    .endr
3:  vzeroall
    jmp 1f
2:  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    pxor %xmm\n, %xmm\n
    .endr
#endif
#endif
1:  movq %rbp, %rsp                     // A43: nothing is pushed or popped here before PKRU is closed
    xorl %ebx, %ebx
    xorl %esi, %esi
    xorl %edi, %edi
    .irp r, r9, r10, r11, r12, r13, r14, r15
    xorl %\r\()d, %\r\()d
    .endr
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $PKRU_CLOSED, %eax
    .globl mpkgate_wrpkru_close
    .hidden mpkgate_wrpkru_close
mpkgate_wrpkru_close:
    rdpkru
#ifndef MPKGATE_BROKEN_CLOSE
    cmpl $PKRU_CLOSED, %eax             // A4: the most useful switch of all to jump to, were it not for this
    jne die
#endif
    movq %r8, %rax
    xorl %r8d, %r8d
    restore_registers
    ret

die:
    ud2
    .globl mpkgate_gates_end
    .hidden mpkgate_gates_end
mpkgate_gates_end:

// MPKGATE_NOTE_GATE of mpkgate-abi.h: mpk-verify and mpk-run find the gate by it.
    .section .note.mpkgate, "a", @note
    .p2align 2
    .long 8, 12, 2
    .asciz "MPKGate"
#ifdef GATE_LEAN
    .long 1
#else
    .long 0
#endif
    .long mpkgate_gates_begin - .
    .long mpkgate_gates_end - mpkgate_gates_begin

    .section .note.GNU-stack, "", @progbits
