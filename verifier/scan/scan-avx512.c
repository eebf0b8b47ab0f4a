// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scanner's path for CPUs with AVX-512BW. See scan-private.h.

#include <immintrin.h>

#include "scan-private.h"

#define BLOCK sizeof(__m512i)
#define BLOCKS 4 // at a time
#define AVX512 __attribute__((target("avx512bw")))

// Bit n: a pair begins at bytes[n]. Reads BLOCK + 1 bytes.
AVX512 static inline uint64_t pairs_at(const unsigned char *bytes) {
    __m512i first = _mm512_loadu_si512(bytes);
    __m512i second = _mm512_loadu_si512(bytes + 1);
    __mmask64 wrpkru = _mm512_cmpeq_epi8_mask(first, _mm512_set1_epi8(0x01));
    __mmask64 xrstor = _mm512_cmpeq_epi8_mask(first, _mm512_set1_epi8(0x0f));
    return _mm512_mask_cmpeq_epi8_mask(wrpkru, second, _mm512_set1_epi8((char)0xef)) |
           _mm512_mask_cmpeq_epi8_mask(xrstor, second, _mm512_set1_epi8((char)0xae));
}

// The blocks from at on, BLOCKS at once. Returns where the blocks begin that are left; SIZE_MAX if stopped.
AVX512 static size_t scan_blocks(struct mpk_scan_input *input, size_t at, size_t last) {
    for (; at + (BLOCKS - 1) * BLOCK <= last; at += BLOCKS * BLOCK) {
        const unsigned char *bytes = input->bytes + at;
        uint64_t pairs[BLOCKS];
        uint64_t any = 0;
        for (size_t i = 0; i < BLOCKS; i++) {
            _mm_prefetch((const void *)((uintptr_t)bytes + i * BLOCK + MPK_SCAN_AHEAD), _MM_HINT_T0);
            pairs[i] = pairs_at(bytes + i * BLOCK);
            any |= pairs[i];
        }
        for (size_t i = 0; any != 0 && i < BLOCKS; i++) {
            if (!mpk_scan_judge(input, at + i * BLOCK, pairs[i]))
                return SIZE_MAX;
        }
    }
    return at;
}

AVX512 bool mpk_scan_avx512(struct mpk_scan_input *input) {
    size_t last = input->size - (BLOCK + 1); // where the last block begins
    if (!mpk_scan_judge(input, 0, pairs_at(input->bytes)))
        return false;
    // Aligned, so that one of each block's two loads lies in one cache line.
    size_t at = scan_blocks(input, BLOCK - (uintptr_t)input->bytes % BLOCK, last);
    if (at == SIZE_MAX)
        return false;
    for (; at < last; at += BLOCK) {
        if (!mpk_scan_judge(input, at, pairs_at(input->bytes + at)))
            return false;
    }
    return mpk_scan_judge(input, last, pairs_at(input->bytes + last));
}
