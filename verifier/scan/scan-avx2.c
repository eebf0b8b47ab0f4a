// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scanner's path for CPUs with AVX2. See scan-private.h.

#include <immintrin.h>

#include "scan-private.h"

#define BLOCK sizeof(__m256i)
#define BLOCKS 4 // at a time
#define AVX2 __attribute__((target("avx2")))

// Bit n: a pair begins at bytes[n]. Reads BLOCK + 1 bytes.
AVX2 static inline __m256i pairs_in(const unsigned char *bytes) {
    __m256i first = _mm256_loadu_si256((const __m256i *)bytes);
    __m256i second = _mm256_loadu_si256((const __m256i *)(bytes + 1));
    return _mm256_or_si256(_mm256_and_si256(_mm256_cmpeq_epi8(first, _mm256_set1_epi8(0x01)),
                                            _mm256_cmpeq_epi8(second, _mm256_set1_epi8((char)0xef))),
                           _mm256_and_si256(_mm256_cmpeq_epi8(first, _mm256_set1_epi8(0x0f)),
                                            _mm256_cmpeq_epi8(second, _mm256_set1_epi8((char)0xae))));
}

AVX2 static inline uint64_t pairs_at(const unsigned char *bytes) {
    return (uint32_t)_mm256_movemask_epi8(pairs_in(bytes));
}

// The blocks from at on, BLOCKS at once. Returns where the blocks begin that are left; SIZE_MAX if stopped.
AVX2 static size_t scan_blocks(struct mpk_scan_input *input, size_t at, size_t last) {
    for (; at + (BLOCKS - 1) * BLOCK <= last; at += BLOCKS * BLOCK) {
        const unsigned char *bytes = input->bytes + at;
        __m256i pairs[BLOCKS];
        __m256i any = _mm256_setzero_si256();
        for (size_t i = 0; i < BLOCKS; i += 2)
            _mm_prefetch((const void *)((uintptr_t)bytes + i * BLOCK + MPK_SCAN_AHEAD), _MM_HINT_T0);
        for (size_t i = 0; i < BLOCKS; i++) {
            pairs[i] = pairs_in(bytes + i * BLOCK);
            any = _mm256_or_si256(any, pairs[i]);
        }
        if (_mm256_testz_si256(any, any))
            continue;
        for (size_t i = 0; i < BLOCKS; i++) {
            if (!mpk_scan_judge(input, at + i * BLOCK, (uint32_t)_mm256_movemask_epi8(pairs[i])))
                return SIZE_MAX;
        }
    }
    return at;
}

AVX2 bool mpk_scan_avx2(struct mpk_scan_input *input) {
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
