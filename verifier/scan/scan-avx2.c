// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scanner's path for CPUs with AVX2. See scan-private.h and scan-vector.h.

#include <immintrin.h>

#include "scan-private.h"

#define TARGET __attribute__((target("avx2")))
#define BLOCK sizeof(__m256i)
#include "scan-vector.h"

// FF in each byte that begins a pair.
TARGET static inline __m256i pairs_in(const unsigned char *bytes) {
    __m256i first = _mm256_loadu_si256((const __m256i *)bytes);
    __m256i second = _mm256_loadu_si256((const __m256i *)(bytes + 1));
    return _mm256_or_si256(_mm256_and_si256(_mm256_cmpeq_epi8(first, _mm256_set1_epi8(0x01)),
                                            _mm256_cmpeq_epi8(second, _mm256_set1_epi8((char)0xef))),
                           _mm256_and_si256(_mm256_cmpeq_epi8(first, _mm256_set1_epi8(0x0f)),
                                            _mm256_cmpeq_epi8(second, _mm256_set1_epi8((char)0xae))));
}

TARGET static inline uint64_t pairs_at(const unsigned char *bytes) {
    return (uint32_t)_mm256_movemask_epi8(pairs_in(bytes));
}

TARGET static inline bool group_has_pair(const unsigned char *bytes) {
    __m256i any = _mm256_setzero_si256();
    for (size_t at = 0; at < GROUP; at += BLOCK)
        any = _mm256_or_si256(any, pairs_in(bytes + at));
    return _mm256_testz_si256(any, any) == 0;
}

TARGET bool mpk_scan_avx2(struct mpk_scan_input *input) {
    return scan_vectors(input);
}
