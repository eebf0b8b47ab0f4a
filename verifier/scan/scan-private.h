// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the scanner's files share. Not for users of the scanner.
//
// Every pattern holds one of two pairs of neighbouring bytes: 01 EF, or 0F AE. A path (one way to use the
// CPU) only finds such pairs; whether a pattern is there is decided in one place, mpk_scan_judge, for all
// paths. So a path cannot invent a hit, report one twice or out of order: it can only be slow, or overlook a
// pair.

#ifndef MPKGATE_SCAN_PRIVATE_H
#define MPKGATE_SCAN_PRIVATE_H

#include "scan.h"

// One call of mpk_scan_feed.
struct mpk_scan_input {
    const struct mpk_scan *scan;
    const unsigned char *bytes;
    size_t size;      // bytes; at least MPK_SCAN_OWN
    uint64_t address; // of bytes[0]
    size_t judged; // every hit whose last byte is before this index has been reported; at least MPK_SCAN_OWN
};

// The index from which on the last byte of a pattern has the whole pattern before it in the same input.
#define MPK_SCAN_OWN 3

// Judges the pairs that begin at bytes[base + n] for each bit n of pairs, and reports the hits among them.
// Bits without a pair, or with one judged before, do no harm. Bases may go back by less than what a mask
// covers. Returns false if the callback stopped the scan.
bool mpk_scan_judge(struct mpk_scan_input *input, size_t base, uint64_t pairs);

// The paths. Each finds all pairs of the input and has them judged; each reads input->bytes within
// input->size and nothing else. The vector paths need at least their MPK_SCAN_*_MIN bytes, and a CPU and a
// kernel that have the registers: nothing else than mpk_scan_feed may call them.
bool mpk_scan_portable(struct mpk_scan_input *input);
#define MPK_SCAN_AVX2_MIN 33
bool mpk_scan_avx2(struct mpk_scan_input *input);
#define MPK_SCAN_AVX512_MIN 65
bool mpk_scan_avx512(struct mpk_scan_input *input);

// Whether the CPU has the path's instructions and the kernel saves the registers.
bool mpk_scan_cpu_has(enum mpk_scan_path path);

#endif
