// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scanner's path for CPUs with AVX-512BW. See scan-private.h and scan-vector.h.

#include <immintrin.h>

#include "scan-private.h"

#define TARGET __attribute__((target("avx512bw")))
#define BLOCK sizeof(__m512i)
#include "scan-vector.h"

#define A_XOR_B_OR_C 0xbe // vpternlog's truth table

// 0 in each byte of first that begins a pair with its successor, and in no other.
TARGET static inline __m512i no_pairs_in(__m512i first, __m512i second) {
    __m512i wrpkru = _mm512_ternarylogic_epi32(
        first, _mm512_set1_epi8(0x01), _mm512_xor_si512(second, _mm512_set1_epi8((char)0xef)), A_XOR_B_OR_C);
    __m512i xrstor = _mm512_ternarylogic_epi32(
        first, _mm512_set1_epi8(0x0f), _mm512_xor_si512(second, _mm512_set1_epi8((char)0xae)), A_XOR_B_OR_C);
    return _mm512_min_epu8(wrpkru, xrstor);
}

TARGET static inline uint64_t pairs_at(const unsigned char *bytes) {
    __m512i pairs = no_pairs_in(_mm512_loadu_si512(bytes), _mm512_loadu_si512(bytes + 1));
    return _mm512_testn_epi8_mask(pairs, pairs);
}

// The bytes from the second of block on.
TARGET static inline __m512i successors(__m512i block, __m512i next) {
    return _mm512_alignr_epi8(_mm512_alignr_epi64(next, block, 2), block, 1);
}

// Each line is loaded once, into a register, and the successors are shifted out of two: a second, unaligned
// load of 64 bytes touches two lines and is slower than these shifts.
TARGET static inline bool group_has_pair(const unsigned char *bytes) {
    __m512i block = _mm512_load_si512(bytes);
    __m512i least = _mm512_set1_epi8(-1);
    for (size_t at = BLOCK; at < GROUP; at += BLOCK) {
        __m512i next = _mm512_load_si512(bytes + at);
        least = _mm512_min_epu8(least, no_pairs_in(block, successors(block, next)));
        block = next;
    }
    least = _mm512_min_epu8(least, no_pairs_in(block, _mm512_loadu_si512(bytes + GROUP - BLOCK + 1)));
    return _mm512_testn_epi8_mask(least, least) != 0;
}

TARGET bool mpk_scan_avx512(struct mpk_scan_input *input) {
    return scan_vectors(input);
}
