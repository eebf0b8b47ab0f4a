// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The direct gate. Data of this library: the seal copies it to the gate area (gate-layout.h) and makes each rdpkru
// (0F 01 EE) at a mpkgate_wrpkru_* label a wrpkru (0F 01 EF). These are the only wrpkru of the process.
//
// Two switches, no third: one way in, behind which nothing from before is trusted, and one way out, behind which nothing
// is left to protect. A jump to any byte of this page ends in a legal call, in `die`, or in a fault with PKRU closed (A4):
// all vault memory that the code touches before the opening switch or after a jump past it faults, because PKRU is closed.
//
//     int64_t gate(void *block, uint64_t index)      %rdi, %rsi; System V x86-64 ABI
//
// Preserved: %rbx %rbp %r12-%r15 %rsp, %fs and %gs base, MXCSR, x87 control word. Everything else comes back zero.
#include "gate-layout.h"

#define PKRU_CLOSED 0x55555554
#define PKRU_OPEN_CRYPTO 0x55555548
#define PKRU_OPEN_MANAGE 0x55555540
#define REFUSED_NO_SLOT -4

// The frame on the vault stack during a call.
#define FRAME_CLIENT_RSP 0
#define FRAME_SLOT 8
#define FRAME_MXCSR 16
#define FRAME_X87_CONTROL 20
#define FRAME_FS 24
#define FRAME_GS 32
#define FRAME_SIZE 48

    .section .rodata.mpkgate_gates, "a", @progbits
    .p2align 12
    .globl mpkgate_gates_begin
    .hidden mpkgate_gates_begin
mpkgate_gates_begin:

// The client's callee-saved registers go to the client's own stack while PKRU is still closed: what the client does to
// them there is its own affair.
.macro opening_switch class, pkru, fixed
    .p2align 4
    .globl mpkgate_gate_\class
    .hidden mpkgate_gate_\class
mpkgate_gate_\class:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, %rbp
    xorl %ecx, %ecx
    xorl %edx, %edx
    movl $\pkru, %eax
    .globl mpkgate_wrpkru_\class
    .hidden mpkgate_wrpkru_\class
mpkgate_wrpkru_\class:
    rdpkru
    cmpl $\pkru, %eax                   // A4: whoever jumped to the switch with rights of his own choice dies here
    jne die
    .globl mpkgate_xabort_\class
    .hidden mpkgate_xabort_\class
mpkgate_xabort_\class:
    nopl (%rax)                         // A37: the seal makes this `xabort $0` where the CPU has transactions
    movq (mpkgate_gates_begin + GATE_FIXED + \fixed)(%rip), %r14 // A57: the class is the entry's, not the client's
.endm

    opening_switch crypto, PKRU_OPEN_CRYPTO, GATE_FIXED_ENTER_CRYPTO
    jmp open
    opening_switch manage, PKRU_OPEN_MANAGE, GATE_FIXED_ENTER_MANAGE

// Open. %rdi, %rsi, %rbp are the client's and only handed on; every other register is set before it is used.
open:
    cld                                 // A41
    // A43: a stack of the vault's, never one that %rsp, %fs or %gs point to. The client's stack pointer is a hint where to
    // begin the search: threads differ in it, and any start is as safe as another.
    leaq (mpkgate_gates_begin + GATE_SLOTS)(%rip), %r12
    movq %rbp, %rax
    shrq $12, %rax
    imull $0x9e3779b1, %eax, %eax
    shrl $26, %eax
    movl $GATE_SLOT_COUNT, %ecx
next_slot:
    andl $(GATE_SLOT_COUNT - 1), %eax
    movl %eax, %ebx
    shlq $8, %rbx                       // GATE_SLOT_STRIDE
    addq %r12, %rbx
    movl $1, %edx
    xchgl %edx, GATE_SLOT_BUSY(%rbx)
    testl %edx, %edx
    jz have_slot
    incl %eax
    decl %ecx
    jnz next_slot
    movq $REFUSED_NO_SLOT, %r8          // A44: bounded; the caller gets an error
    jmp mpkgate_gate_finish

have_slot:
    movq GATE_SLOT_STACK(%rbx), %rsp
    subq $FRAME_SIZE, %rsp
    movq %rbp, FRAME_CLIENT_RSP(%rsp)
    movq %rbx, FRAME_SLOT(%rsp)
    stmxcsr FRAME_MXCSR(%rsp)
    fnstcw FRAME_X87_CONTROL(%rsp)
    rdfsbase %rax
    movq %rax, FRAME_FS(%rsp)
    rdgsbase %rax
    movq %rax, FRAME_GS(%rsp)
    pushq $0x202                        // A41, A9b: DF, AC, TF, NT and IOPL off
    popfq
    fninit                              // A41: a full x87 stack, unmasked exceptions, MMX state
    ldmxcsr (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_MXCSR)(%rip)
    movq (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_FS_BASE)(%rip), %rax
    wrfsbase %rax                       // A33: packaged mbedTLS reads its stack protector's canary at %fs:0x28
    xorl %eax, %eax
    wrgsbase %rax
    xorl %ebp, %ebp

    call call_vault
    jmp gate_return
    // A47: no indirect branch that the client could have trained.
call_vault:
    call 2f
1:  pause
    lfence
    jmp 1b
2:  movq %r14, (%rsp)
    ret

gate_return:
    movq %rax, %r8                      // what the vault says: 0 or an enum mpkgate_refusal
    movq FRAME_FS(%rsp), %rax
    wrfsbase %rax
    movq FRAME_GS(%rsp), %rax
    wrgsbase %rax
    fninit
    .rept 8                             // A42: the data registers outlive fninit
    fldz
    .endr
    fninit
    fldcw FRAME_X87_CONTROL(%rsp)
    ldmxcsr FRAME_MXCSR(%rsp)           // A42: the client's sticky bits, not ours
    movq FRAME_CLIENT_RSP(%rsp), %rbp
    movq FRAME_SLOT(%rsp), %rbx
    xorl %eax, %eax
    movl %eax, GATE_SLOT_BUSY(%rbx)     // from here on the stack is another thread's

// Also the way by which the seal itself leaves: %r8 the result, %rbp a stack with six saved registers.
    .globl mpkgate_gate_finish
    .hidden mpkgate_gate_finish
mpkgate_gate_finish:
    // A42: nothing of the vault's stays in a register.
    movl (mpkgate_gates_begin + GATE_FIXED + GATE_FIXED_FEATURES)(%rip), %eax
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    pxor %xmm\n, %xmm\n
    .endr
    testl $GATE_FEATURE_AVX, %eax
    jz 1f
    vzeroall
    testl $GATE_FEATURE_AVX512, %eax
    jz 1f
    .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    vpxorq %zmm\n, %zmm\n, %zmm\n
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7
    kxorw %k\n, %k\n, %k\n
    .endr
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
    cmpl $PKRU_CLOSED, %eax             // A4: the most useful switch of all to jump to, were it not for this
    jne die
    movq %r8, %rax
    xorl %r8d, %r8d
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret

die:
    ud2
    .globl mpkgate_gates_end
    .hidden mpkgate_gates_end
mpkgate_gates_end:

    .section .note.GNU-stack, "", @progbits
