// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which of the scanner's paths this CPU and this kernel can run (SDM volume 1, 14.3, 14.7 and 15.2).

#include <cpuid.h>

#include "scan-private.h"

#define LEAF_1_ECX_OSXSAVE (1u << 27)
#define LEAF_7_EBX_AVX2 (1u << 5)
#define LEAF_7_EBX_AVX512 (1u << 16 | 1u << 30) // F, BW
#define XCR0_YMM 0x06u                          // SSE and AVX state
#define XCR0_ZMM 0xe6u                          // and opmask, ZMM_Hi256, Hi16_ZMM

// The XCR0 bits of the register state that the kernel saves for this process; 0 if it saves none by XSAVE.
static unsigned saved_state(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || (c & LEAF_1_ECX_OSXSAVE) == 0)
        return 0;
    __asm__ volatile("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
    return a;
}

// A bit for each path that there is.
static unsigned ask_cpu(void) {
    unsigned known = 1u << MPK_SCAN_PORTABLE;
    unsigned a, b, c, d;
    unsigned state = saved_state();
    if ((state & XCR0_YMM) != XCR0_YMM || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return known;
    if ((b & LEAF_7_EBX_AVX2) != 0)
        known |= 1u << MPK_SCAN_AVX2;
    if ((state & XCR0_ZMM) == XCR0_ZMM && (b & LEAF_7_EBX_AVX512) == LEAF_7_EBX_AVX512)
        known |= 1u << MPK_SCAN_AVX512;
    return known;
}

// A virtual machine leaves for each CPUID, which takes longer than scanning a small file: ask once. Threads
// that ask at the same time store the same answer.
static unsigned known_paths(void) {
    static unsigned stored;
    unsigned known = __atomic_load_n(&stored, __ATOMIC_RELAXED);
    if (known == 0) {
        known = ask_cpu();
        __atomic_store_n(&stored, known, __ATOMIC_RELAXED);
    }
    return known;
}

bool mpk_scan_cpu_has(enum mpk_scan_path path) {
    return path >= MPK_SCAN_PORTABLE && path <= MPK_SCAN_PATHS && (known_paths() >> path & 1) != 0;
}
