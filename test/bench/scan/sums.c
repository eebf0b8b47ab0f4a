// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The limit: how fast one thread can read the bytes at all.

#include <immintrin.h>

#include "kernels.h"

#define UNROLL 8
#define AHEAD 4096

static uint64_t sum_rest(const unsigned char *bytes, size_t size) {
    uint64_t sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    return sum;
}

// SUM(name, target, vector type, load, add, prefetch): one loop, four times.
#define SUM(name, isa, vector, load, add, zero, ahead)                                                       \
    __attribute__((target(isa))) uint64_t name(const unsigned char *bytes, size_t size) {                    \
        vector sum[UNROLL];                                                                                  \
        for (size_t i = 0; i < UNROLL; i++)                                                                  \
            sum[i] = zero();                                                                                 \
        size_t at = 0;                                                                                       \
        for (; size - at >= sizeof(sum); at += sizeof(sum)) {                                                \
            for (size_t line = 0; (ahead) != 0 && line < sizeof(sum); line += 64)                            \
                _mm_prefetch((const void *)((uintptr_t)bytes + at + line + (ahead)), _MM_HINT_T0);           \
            for (size_t i = 0; i < UNROLL; i++)                                                              \
                sum[i] = add(sum[i], load((const void *)(bytes + at + i * sizeof(vector))));                 \
        }                                                                                                    \
        for (size_t i = 1; i < UNROLL; i++)                                                                  \
            sum[0] = add(sum[0], sum[i]);                                                                    \
        return (uint64_t)sum[0][0] + (uint64_t)sum[0][1] + sum_rest(bytes + at, size - at);                  \
    }

SUM(sum_avx512, "avx512bw", __m512i, _mm512_loadu_si512, _mm512_add_epi64, _mm512_setzero_si512, 0)
SUM(sum_avx512_ahead, "avx512bw", __m512i, _mm512_loadu_si512, _mm512_add_epi64, _mm512_setzero_si512, AHEAD)
SUM(sum_avx2, "avx2", __m256i, _mm256_loadu_si256, _mm256_add_epi64, _mm256_setzero_si256, 0)
SUM(sum_avx2_ahead, "avx2", __m256i, _mm256_loadu_si256, _mm256_add_epi64, _mm256_setzero_si256, AHEAD)
