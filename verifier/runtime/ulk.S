// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ULK gate, between domains that trust each other no more than they trust the client: caller -> ULK -> server -> ULK ->
// caller. Data of this library: the seal copies it to an area for each pair (ulk-layout.h). ULK.md has the argument.
//
//     int64_t gate(void *block, uint64_t index)      %rdi, %rsi; System V x86-64 ABI
//
// `index` has the block's size in bytes in its upper half. Returns 0 or an enum mpkgate_refusal (negative).
// Preserved: %rbx %rbp %r12-%r15 %rsp. Everything else that an image with the lean gate can touch comes back zero.
//
// Four switches, each with two checks behind it, which nobody who needs the switch can go around: that PKRU is what this
// switch is for (A4), and that %r11 is the token of the way that leads to it. A token is loaded from memory that only the
// side it comes from can read, so arriving in the middle without having been there means arriving without it. Behind a
// switch into the ULK every register is still the comer's word.
#include "gate-macros.S"
#include "ulk-layout.h"

#define REFUSED_NO_SLOT -4
#define REFUSED_TOO_DEEP -6
#define INNER(field) (mpkgate_ulk_begin + ULK_INNER + ULK_INNER_##field)(%rip)
#define CALLER(field) (mpkgate_ulk_begin + ULK_CALLER + ULK_SIDE_##field)(%rip)
#define SERVER(field) (mpkgate_ulk_begin + ULK_SERVER + ULK_SIDE_##field)(%rip)

.macro place name
    .globl mpkgate_ulk_\name
    .hidden mpkgate_ulk_\name
mpkgate_ulk_\name:
.endm

// %r11 becomes the comer's token: half of it stands in code that nobody can read, half where only the comer can.
.macro load_token name, half:vararg
    .byte 0x49, 0xbb                    // movabsq $imm64, %r11
    place secret_\name
    .quad 0x7365637265746e6f
    xorq \half, %r11
.endm

.macro switch name
    xorl %ecx, %ecx
    xorl %edx, %edx
    place wrpkru_\name
    rdpkru
.endm

// A37: in a transaction the switch would be undone together with its checks.
.macro no_transaction name
    place xabort_\name
    nopl (%rax)
.endm

.macro scrub_vectors
    testl $GATE_FEATURE_AVX, INNER(FEATURES)
    jz .Lsse\@
    vzeroall                            // quicker than sixteen pxor, and no penalty for the client's own ymm
    jmp .Lscrubbed\@
.Lsse\@:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    pxor %xmm\n, %xmm\n
    .endr
.Lscrubbed\@:
.endm

    .section .rodata.mpkgate_ulk, "a", @progbits
    .p2align 12
    place begin

    .p2align 4
    place gate
    save_registers
    movq %rsp, %rbp
    xorl %ecx, %ecx
    place rdpkru
    rdpkru
    movl %eax, %r10d                    // what the caller gets back
    load_token caller, CALLER(TOKEN)
    movl CALLER(ULK_RIGHTS), %eax
    switch in
#ifndef MPKGATE_BROKEN_ULK_IN            // MPKGATE_BROKEN_*: for tests of the tests, see CMakeLists.txt
    cmpl INNER(RIGHTS), %eax            // A4
    jne die
    cmpq INNER(CALLER_TOKEN), %r11      // the comer has been where only the caller can be
    jne die
#endif
    no_transaction in
    xorl %r11d, %r11d
    cld                                 // A41

// In the ULK. %rdi, %rsi, %rbp and %r10d are the caller's word.
    movl %esi, %r15d                    // index: the server's to check
    shrq $32, %rsi
    cmpq $ULK_BLOCK_MAX, %rsi           // A40: no more than the server's frame holds
#ifndef MPKGATE_BROKEN_ULK_SIZE
    ja die
#endif
    movl %esi, %r8d                     // bytes
    movq %rdi, %rbx
    subq INNER(CALLER_STACKS), %rdi     // A40: the block is the caller's own memory, or the ULK would lend its rights
    cmpq INNER(CALLER_SIZE), %rdi
#ifndef MPKGATE_BROKEN_ULK_BLOCK
    ja die
#endif
    movq INNER(RECORDS), %r12
    movl INNER(CALLER), %ecx
    testl %ecx, %ecx
    jz fresh
    movq %rbp, %rdi                     // a vault: the stack that it is on says which record
    subq INNER(CALLER_STACKS), %rdi
    cmpq INNER(CALLER_SIZE), %rdi       // A43: later frames go below it
#ifndef MPKGATE_BROKEN_ULK_STACK
    ja die
#endif
    shrq $ULK_STACK_SHIFT, %rdi
    subl $GATE_SLOT_COUNT, %edi
    jb fresh                            // it was called by its direct gate
    andl $(ULK_RECORD_COUNT - 1), %edi  // A47: bounded for the speculating CPU as well
    shll $ULK_RECORD_SHIFT, %edi
    leaq (%r12,%rdi), %r9
    leal ULK_STATE_RUNNING(%rcx), %eax
    movl %eax, %r14d                    // the state to come back to
    movl $ULK_STATE_BUSY, %edx
    lock cmpxchgl %edx, ULK_RECORD_STATE(%r9)
#ifndef MPKGATE_BROKEN_ULK_CLAIM
    jne die                             // A43: no call of this thread's is with this caller; or another thread was first
#endif
    movl ULK_RECORD_DEPTH(%r9), %r12d
    cmpl $ULK_DEPTH_MAX, %r12d
    jae too_deep                        // A44
    movl INNER(SERVER), %eax
    movq ULK_RECORD_TOP(%r9,%rax,8), %r13 // the server's stack: the record's word, never a register's
    leaq -1(%r13), %rcx
    andl $(GATE_STACK_STRIDE - 1), %ecx
    cmpl $(GATE_STACK_STRIDE - GATE_STACK_SIZE + ULK_ROOM), %ecx
#ifndef MPKGATE_BROKEN_ULK_ROOM
    jb too_deep                         // A44: the server is below itself on this stack
#endif
    jmp have_record

// A43: any record that nobody has. The stack pointer is a hint where to begin.
fresh:
    movq %rbp, %rax
    shrq $12, %rax
    imull $0x9e3779b1, %eax, %edi
    shrl $(32 - ULK_RECORD_SHIFT - 6), %edi
    movl $ULK_RECORD_COUNT, %ecx
    movl $ULK_STATE_BUSY, %edx
1:  andl $((ULK_RECORD_COUNT - 1) << ULK_RECORD_SHIFT), %edi
    leaq (%r12,%rdi), %r9
    xorl %eax, %eax                     // ULK_STATE_FREE
    lock cmpxchgl %edx, ULK_RECORD_STATE(%r9)
    je 2f
    addl $ULK_RECORD_STRIDE, %edi
    decl %ecx
    jnz 1b
    movq $REFUSED_NO_SLOT, %r8          // A44: bounded; the caller gets an error
    jmp back
2:  xorl %r14d, %r14d                   // ULK_STATE_FREE
    xorl %r12d, %r12d                   // no call yet, and the whole stack
    movl INNER(SERVER), %eax
    movq ULK_RECORD_TOP(%r9,%rax,8), %r13

// %r9: the record, ours alone while it is BUSY. %r12d: calls in it. %r13: where the server's stack begins for this one.
have_record:
    subq $ULK_BLOCK_MAX, %r13
    shll $ULK_CALL_SHIFT, %r12d
    leaq ULK_RECORD_CALLS(%r9,%r12), %r12
    movq %rbp, ULK_CALL_STACK(%r12)
    movq %rbx, ULK_CALL_BLOCK(%r12)
    movq %r13, ULK_CALL_FRAME(%r12)
    movl %r8d, ULK_CALL_SIZE(%r12)
    movl %r10d, ULK_CALL_RIGHTS(%r12)
    movl %r14d, ULK_CALL_BEFORE(%r12)
    testl %r14d, %r14d
    jz 1f
    movl INNER(CALLER), %eax            // called again inside of this call, the caller goes on below where it is now
    movq ULK_RECORD_TOP(%r9,%rax,8), %rdx
    movq %rdx, ULK_CALL_TOP(%r12)
    movq %rbp, %rdx
    andq $-16, %rdx
    movq %rdx, ULK_RECORD_TOP(%r9,%rax,8)
1:  incl ULK_RECORD_DEPTH(%r9)
    movq %r13, %rdi
    xorl %eax, %eax
    movl $(ULK_BLOCK_MAX / 8), %ecx
    rep stosq
    movq %r13, %rdi
    movq %rbx, %rsi
    movl %r8d, %ecx
    rep movsb                           // A39: once
    movl INNER(SERVER_STATE), %eax
    movl %eax, ULK_RECORD_STATE(%r9)

// To the server, on its own stack, with nothing of the caller's but the block.
    movq %r13, %rsp
    movq %r13, %rdi
    movl %r15d, %esi
    movq INNER(ENTER), %r14
    movq INNER(ENTER_TOKEN), %r11
    movl INNER(SERVER_RIGHTS), %eax
    .irp r, ebx, ebp, r8d, r9d, r10d, r12d, r13d, r15d
    xorl %\r, %\r
    .endr
    scrub_vectors
    switch enter
#ifndef MPKGATE_BROKEN_ULK_ENTER
    cmpl SERVER(RIGHTS), %eax
    jne die
    cmpq SERVER(INTO_TOKEN), %r11
    jne die
#endif
    no_transaction enter
    xorl %r11d, %r11d
    call call_server

// With the server's rights, and as it likes to come.
    place return
    movq %rax, %r8
    load_token server, SERVER(TOKEN)
    movl SERVER(ULK_RIGHTS), %eax
    switch leave
#ifndef MPKGATE_BROKEN_ULK_LEAVE
    cmpl INNER(RIGHTS), %eax
    jne die
    cmpq INNER(SERVER_TOKEN), %r11
    jne die
#endif
    no_transaction leave
    xorl %r11d, %r11d
    cld

// In the ULK. %r8 and %rsp are the server's word.
    movq %rsp, %rdi
    subq INNER(SERVER_STACKS), %rdi
    shrq $ULK_STACK_SHIFT, %rdi
    cmpq $ULK_RECORD_COUNT, %rdi
    jae die                             // A43: not on a stack of the records
    andl $(ULK_RECORD_COUNT - 1), %edi  // A47
    shll $ULK_RECORD_SHIFT, %edi
    movq INNER(RECORDS), %r9
    addq %rdi, %r9
    movl INNER(SERVER_STATE), %eax
    movl $ULK_STATE_BUSY, %edx
    lock cmpxchgl %edx, ULK_RECORD_STATE(%r9)
    jne die                             // A43: returned already; or the call on top is another server's
    movl ULK_RECORD_DEPTH(%r9), %r12d
    subl $1, %r12d
    jb die
    movl %r12d, ULK_RECORD_DEPTH(%r9)
    andl $(ULK_DEPTH_MAX - 1), %r12d
    shll $ULK_CALL_SHIFT, %r12d
    leaq ULK_RECORD_CALLS(%r9,%r12), %r12
    movq ULK_CALL_FRAME(%r12), %rsi
    movq ULK_CALL_BLOCK(%r12), %rdi
    movl ULK_CALL_SIZE(%r12), %ecx
    rep movsb
    movq ULK_CALL_STACK(%r12), %rbp
    movl ULK_CALL_RIGHTS(%r12), %r10d   // checked behind the switch, like a door of another caller's
    movl ULK_CALL_BEFORE(%r12), %r14d
    testl %r14d, %r14d
    jz release
    movl INNER(CALLER), %eax
    movq ULK_CALL_TOP(%r12), %rdx
    movq %rdx, ULK_RECORD_TOP(%r9,%rax,8)
    jmp release

too_deep:
    movq $REFUSED_TOO_DEEP, %r8
release:
    movl %r14d, ULK_RECORD_STATE(%r9)   // from here on the record is another thread's

// To the caller: %rbp its stack, %r10d its rights, %r8 the result.
back:
    movq %rbp, %rsp
    movl %r10d, %eax
    movq INNER(BACK_TOKEN), %r11
    .irp r, esi, edi, r9d, r10d         // the others are the caller's again before it runs
    xorl %\r, %\r
    .endr
    scrub_vectors                       // A42
    switch back
#ifndef MPKGATE_BROKEN_ULK_BACK
    andl CALLER(MASK), %eax
    cmpl CALLER(RIGHTS), %eax
    jne die
    cmpq CALLER(INTO_TOKEN), %r11       // "jump to the last switch to get into the client": without the token
    jne die
#endif
    no_transaction back
    xorl %r11d, %r11d
    movq %r8, %rax
    xorl %r8d, %r8d
    restore_registers
    ret

call_server:
    jump_to_r14

die:
    ud2
    place end

// MPKGATE_NOTE_GATE of mpkgate-abi.h: mpk-verify and mpk-run find the gate by it.
    .section .note.mpkgate, "a", @note
    .p2align 2
    .long 8, 12, 2
    .asciz "MPKGate"
    .long 2
    .long mpkgate_ulk_begin - .
    .long mpkgate_ulk_end - mpkgate_ulk_begin

    .section .note.GNU-stack, "", @progbits
