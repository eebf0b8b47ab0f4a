// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The machine under the runtime: system calls, registers and strings without libc. Everything here is usable
// before ld.so has handed control to anybody, from one thread.
#ifndef MPKGATE_RUNTIME_SYS_H
#define MPKGATE_RUNTIME_SYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A raw system call. Returns what the kernel returns: -4095..-1 is a negated errno.
long mpkgate_syscall(long number, long a, long b, long c, long d, long e, long f);

static inline long sys6(long number, long a, long b, long c, long d, long e, long f) {
    return mpkgate_syscall(number, a, b, c, d, e, f);
}
static inline long sys3(long number, long a, long b, long c) {
    return mpkgate_syscall(number, a, b, c, 0, 0, 0);
}
static inline bool sys_failed(long result) {
    return result < 0 && result >= -4095;
}

// PKRU of this thread (SDM vol. 2, RDPKRU).
uint32_t mpkgate_rdpkru(void);
// CPUID leaf and subleaf into out[0..3] = eax, ebx, ecx, edx.
void mpkgate_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4]);
// XCR0, the vector state that the kernel enabled. Only where CPUID.1:ECX.OSXSAVE is set.
uint64_t mpkgate_xcr0(void);

// Calls function(argument) on the stack that ends at `top` (16-aligned).
long mpkgate_call_on_stack(long (*function)(void *argument), void *argument, uint64_t top);
// What the manage gate leads to while the vault starts: start_vault(gates), `gates` being the area that the
// thread came through. By the gate's own register: the client's, which another vault can write, says nothing.
int64_t mpkgate_start(uint64_t block, uint64_t index);

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

// Length of s without its NUL; s == limit if there is none in the first limit bytes.
size_t string_length(const char *s, size_t limit);
bool string_equal(const char *a, const char *b);
// Does s begin with prefix?
bool string_begins(const char *s, const char *prefix);

#endif
