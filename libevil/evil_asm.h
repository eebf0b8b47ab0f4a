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
// Where the kernel goes on after an aborted rseq section. Calls evil_rseq_landed() on a stack of its own.
extern const char evil_rseq_abort[];
_Noreturn void evil_rseq_landed(void);
// Two pages, with one between them, of which the first ends with 0f 01 and the second starts with ef c3:
// harmless where they are.
extern char evil_half_first[];
extern char evil_half_second[];

#endif
