// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few instructions that C cannot express (machine.S), and memory functions with a promise.
#ifndef VAULT_MACHINE_H
#define VAULT_MACHINE_H

#include <stddef.h>
#include <stdint.h>

// All ones if value < bound, else 0; computed without a branch, so that it also holds while a mispredicted
// bounds check runs ahead (A47). In assembly because a compiler may turn the same C into a branch.
uint64_t vault_mask_below(uint64_t value, uint64_t bound);

// A system call with up to four arguments. Returns what the kernel returns: -errno on failure.
long vault_syscall(long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

// Goes on with a call that waits and that the caller has claimed: on its stack, at `stack` (struct gate_slot,
// resume), where struct mpkgate_boot's suspend() returns a number above 0. Returns when vault_leave() is
// called with that number, after which nothing of the other stack may be used any more.
void vault_visit(uint64_t stack);
_Noreturn void vault_leave(uint64_t stack);

// A random number from the CPU. Returns 1, or 0 if the CPU had none ready (SDM vol. 1, 7.3.17.1: try ten
// times).
int vault_rdrand(uint64_t *number);

// The same from the CPU's entropy source itself, where it has the instruction (CPUID leaf 7, EBX bit 18);
// often not ready.
int vault_rdseed(uint64_t *number);

// Zeroes memory; never optimised away, because it lies in a translation unit of its own and the image is
// linked without LTO.
void vault_wipe(void *memory, size_t size);

#endif
