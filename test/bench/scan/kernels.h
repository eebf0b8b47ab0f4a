// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What bench-scan runs over the same bytes.

#ifndef MPKGATE_BENCH_KERNELS_H
#define MPKGATE_BENCH_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Runs over size bytes and returns what it found there (hits, or a sum), so that nothing is optimised away.
typedef uint64_t (*kernel_function)(const unsigned char *bytes, size_t size);

struct kernel {
    const char *name;
    kernel_function run;
    bool counts_hits; // what it returns is the number of hits
    bool in_files;    // is measured file by file, too
};

// Reading alone: 64-bit sums in the widest registers that the compiler's target attribute and the CPU allow,
// with and without the scanner's prefetch.
uint64_t sum_avx512(const unsigned char *bytes, size_t size);
uint64_t sum_avx512_ahead(const unsigned char *bytes, size_t size);
uint64_t sum_avx2(const unsigned char *bytes, size_t size);
uint64_t sum_avx2_ahead(const unsigned char *bytes, size_t size);

// The scanner by each path.
uint64_t scan_avx512(const unsigned char *bytes, size_t size);
uint64_t scan_avx2(const unsigned char *bytes, size_t size);
uint64_t scan_portable(const unsigned char *bytes, size_t size);

// memchr for 0F, then a look at what follows; does not find the REX2 form, which holds no 0F.
uint64_t memchr_loop(const unsigned char *bytes, size_t size);

// Both patterns as regular expressions. False if the library is missing or refuses them.
bool hyperscan_prepare(void);
uint64_t hyperscan(const unsigned char *bytes, size_t size);

#endif
