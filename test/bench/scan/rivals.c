// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The scanner, and other ways to look for the same bytes.

#include <string.h>

#include "kernels.h"
#include "scan.h"

#ifdef BENCH_HYPERSCAN
#include <hs.h>
#endif

static bool count(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    ++*(uint64_t *)context;
    return true;
}

static uint64_t scan(const unsigned char *bytes, size_t size, enum mpk_scan_path path) {
    uint64_t hits = 0;
    struct mpk_scan scan;
    mpk_scan_begin(&scan, count, &hits);
    mpk_scan_use(&scan, path);
    mpk_scan_feed(&scan, bytes, size, 0x400000);
    mpk_scan_end(&scan);
    return hits;
}

uint64_t scan_avx512(const unsigned char *bytes, size_t size) {
    return scan(bytes, size, MPK_SCAN_AVX512);
}

uint64_t scan_avx2(const unsigned char *bytes, size_t size) {
    return scan(bytes, size, MPK_SCAN_AVX2);
}

uint64_t scan_portable(const unsigned char *bytes, size_t size) {
    return scan(bytes, size, MPK_SCAN_PORTABLE);
}

uint64_t memchr_loop(const unsigned char *bytes, size_t size) {
    uint64_t hits = 0;
    const unsigned char *end = bytes + size;
    while (end - bytes >= 3) {
        const unsigned char *found = memchr(bytes, 0x0f, (size_t)(end - bytes) - 2);
        if (found == NULL)
            break;
        hits += (found[1] == 0x01 && found[2] == 0xef) ||
                (found[1] == 0xae && (found[2] & 0x38) == 0x28 && found[2] < 0xc0);
        bytes = found + 1;
    }
    return hits;
}

#ifdef BENCH_HYPERSCAN
static hs_database_t *database;
static hs_scratch_t *scratch;

bool hyperscan_prepare(void) {
    static const char *const patterns[] = {"\\x0f\\x01\\xef", "\\xd5[\\x80-\\xff]\\x01\\xef",
                                           "\\x0f\\xae[\\x28-\\x2f\\x68-\\x6f\\xa8-\\xaf]"};
    static const unsigned flags[] = {HS_FLAG_DOTALL, HS_FLAG_DOTALL, HS_FLAG_DOTALL};
    static const unsigned ids[] = {0, 1, 2};
    hs_compile_error_t *error = NULL;
    return hs_compile_multi(patterns, flags, ids, 3, HS_MODE_BLOCK, NULL, &database, &error) == HS_SUCCESS &&
           hs_alloc_scratch(database, &scratch) == HS_SUCCESS;
}

static int count_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                       void *context) {
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    ++*(uint64_t *)context;
    return 0;
}

uint64_t hyperscan(const unsigned char *bytes, size_t size) {
    uint64_t hits = 0;
    // Its lengths are 32 bits wide.
    for (size_t at = 0; at < size; at += 1u << 30) {
        size_t chunk = size - at < 1u << 30 ? size - at : 1u << 30;
        hs_scan(database, (const char *)bytes + at, (unsigned)chunk, 0, scratch, count_match, &hits);
    }
    return hits;
}
#else
bool hyperscan_prepare(void) {
    return false;
}

uint64_t hyperscan(const unsigned char *bytes, size_t size) {
    (void)bytes;
    (void)size;
    return 0;
}
#endif
