// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an attack needs and C cannot say. Defined in evil_asm.S.
#ifndef EVIL_ASM_H
#define EVIL_ASM_H

#include <stddef.h>
#include <stdint.h>

// A system call by the i386 entry. Only 32 bits of each argument arrive. Returns what the kernel returns: a
// value or -errno.
int evil_int80(uint32_t number, uint32_t first, uint32_t second, uint32_t third);
// rt_sigreturn with the stack pointer at `context`, a ucontext_t with its FPU state. Does not return.
_Noreturn void evil_sigreturn_at(void *context);
// What a signal handler returns to.
void evil_restorer(void);
// Stores the state components in `mask` at `area` (64-byte aligned, zeroed, large enough) in the standard
// format.
void evil_xsave(void *area, uint64_t mask);
// XCR0: the components that the kernel has switched on.
uint64_t evil_xgetbv(void);
// Calls `function` and stores what it left: the nine caller-saved general registers, then the EVIL_RED_ZONE
// words below the stack pointer, and the vector state in `mask` as evil_xsave() does.
#define EVIL_GENERAL 9
#define EVIL_RED_ZONE 16
void evil_call_and_look(void (*function)(void), uint64_t *words, void *area, uint64_t mask);
// The general registers in the order of their numbers, the flags, where to go on, and the segment bases.
enum { EVIL_RAX, EVIL_RCX, EVIL_RDX, EVIL_RBX, EVIL_RSP, EVIL_RBP, EVIL_RSI, EVIL_RDI, EVIL_R8 };
struct evil_registers {
    uint64_t general[16];
    uint64_t flags;
    uint64_t rip;
    uint64_t fs_base;
    uint64_t gs_base;
};
// Loads all of them, and comes back in one of two ways: by evil_landing, an address to be returned or jumped
// to, which stores what it finds in evil_landed_registers and PKRU in evil_landed_pkru (the result is 0); or
// by evil_fault, a signal handler, which stores its context in evil_fault_context, valid until the next
// signal (the result is the signal's number). The caller's own state, fs and gs base, MXCSR and the x87
// control word included, is as it was. One thread at a time.
int evil_jump(const struct evil_registers *registers);
extern const char evil_landing[];
extern struct evil_registers evil_landed_registers;
extern uint32_t evil_landed_pkru;
void evil_fault(void);
extern void *evil_fault_context;
// What evil_call_poisoned() finds after the call.
struct evil_state {
    uint64_t fs_base;
    uint32_t mxcsr;
    uint32_t x87_control; // the lower half is the control word
};
// Calls function(buffer, size) with fs and gs base 0, the direction flag set, SSE rounding to zero and
// flushing to zero, single precision and a full register stack in x87. Returns what it returns, and puts all
// of that right again.
int evil_call_poisoned(int32_t (*function)(uint8_t *, size_t), uint8_t *buffer, size_t size,
                       struct evil_state *after);
// That state: SSE control word, x87 control word.
#define EVIL_MXCSR 0xff80
#define EVIL_X87_CONTROL 0x0c7f
// Where the kernel goes on after an aborted rseq section. Calls evil_rseq_landed() on a stack of its own.
extern const char evil_rseq_abort[];
_Noreturn void evil_rseq_landed(void);
// Two pages, with one between them, of which the first ends with 0f 01 and the second starts with ef c3:
// harmless where they are.
extern char evil_half_first[];
extern char evil_half_second[];

// A bare `syscall` that is jumped to; what comes back from it is ended by ud2.
extern const char evil_syscall[];
// Calls `function` with the trap flag set.
void evil_call_stepping(const void *function);
// A signal handler that ends its thread and touches no memory.
void evil_end_thread(void);
// Starts a thread on `stack` that sends `signal` to itself and ends. Returns its number, or -errno.
long evil_thread_with_signal(void *stack, int process, int signal);
// Starts a thread with the flags of pthread_create that ends at once: the kernel then writes 0 to
// `child_tid`. Returns its number, or -errno.
long evil_thread_with_tid(void *stack, void *child_tid);
// Jumps to the 32-bit code at `address`. Code there that jumps on to evil_far_landing, in 64-bit mode again,
// makes this function return.
void evil_far_jump(uint32_t address);
extern const char evil_far_landing[];

#endif
