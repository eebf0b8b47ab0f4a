// Assembly without the bytes is left alone: fences, xsave, prefixes, constants, labels, barriers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t
// RUN: %mpkcc -O2 -c %s -o %t.o
// RUN: clang -O2 -c %s -o %t.plain
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t.o
// RUN: llvm-objcopy %t.plain
// RUN: cmp %t.o %t.plain
int f(int x, void *p) {
    __asm__ volatile("" ::: "memory");
    __asm__ volatile("lfence; mfence; sfence; rdpkru" : "+a"(x) : "c"(0) : "edx");
    __asm__ volatile("fxrstor %0; ldmxcsr %1" ::"m"(*(char(*)[512])p), "m"(x));
    __asm__ volatile("xsave %0" : "=m"(*(char(*)[576])p) : "a"(1), "d"(0));
    __asm__ volatile("addl %1, %0; cpuid" : "+a"(x) : "i"(0x0f01), "b"(2) : "ecx", "edx");
    __asm__ goto("test %0, %0; jz %l1" ::"r"(x)::out);
    __asm__("bswap %0" : "+r"(x));
out:
    return x;
}
__asm__(".globl g\ng: ret");
