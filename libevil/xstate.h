// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where PKRU lies in an XSAVE image (SDM vol. 1, 13.4), for attacks that forge or edit signal frames.
#ifndef EVIL_XSTATE_H
#define EVIL_XSTATE_H

#include <cpuid.h>
#include <stdint.h>
#include <string.h>

#define XSTATE_PKRU 9
#define XSTATE_BV_AT 512
// The user part of fxregs in which Linux describes the frame (struct _fpx_sw_bytes).
#define XSTATE_SW_AT 464
#define XSTATE_MAGIC1 0x46505853u
#define XSTATE_MAGIC2 0x46505845u

// Offset of a component in the standard format, bytes; *size gets its length.
static inline uint32_t xstate_offset(int component, uint32_t *size) {
    uint32_t eax = 0;
    uint32_t ebx = 0;
    uint32_t ecx = 0;
    uint32_t edx = 0;

    __cpuid_count(0xd, component, eax, ebx, ecx, edx);
    *size = eax;
    return ebx;
}

// Makes the image load `pkru`.
static inline void xstate_set_pkru(void *image, uint32_t pkru) {
    uint32_t size = 0;
    uint32_t at = xstate_offset(XSTATE_PKRU, &size);
    uint64_t bits;

    memcpy((char *)image + at, &pkru, sizeof pkru);
    memcpy(&bits, (char *)image + XSTATE_BV_AT, sizeof bits);
    bits |= UINT64_C(1) << XSTATE_PKRU;
    memcpy((char *)image + XSTATE_BV_AT, &bits, sizeof bits);
}

// The PKRU in an image; without one it is the initial state, 0.
static inline uint32_t xstate_pkru(const void *image) {
    uint32_t size = 0;
    uint32_t pkru = 0;
    uint64_t bits;

    memcpy(&bits, (const char *)image + XSTATE_BV_AT, sizeof bits);
    if ((bits >> XSTATE_PKRU & 1) != 0)
        memcpy(&pkru, (const char *)image + xstate_offset(XSTATE_PKRU, &size), sizeof pkru);
    return pkru;
}

#endif
