// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Property: the scanner finds every WRPKRU and XRSTOR at every offset and over every seam (A1, A2, A3), and
// nothing else. scan.c is compiled into this test, so that sanitizers see into it.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scan.h"

#define BASE 0x400000u
#define MAX_HITS 4096

struct hits {
    size_t count;
    size_t limit; // stop the scan at this many
    enum mpk_pattern pattern[MAX_HITS];
    uint64_t address[MAX_HITS];
};

static bool record(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct hits *hits = context;
    assert_true(hits->count < MAX_HITS);
    hits->pattern[hits->count] = pattern;
    hits->address[hits->count] = address;
    hits->count++;
    return hits->count < hits->limit;
}

// The bytes go into a heap block of exactly their size, so that AddressSanitizer sees any read outside.
static bool feed_exact(struct mpk_scan *scan, const unsigned char *bytes, size_t size, uint64_t address) {
    unsigned char *copy = malloc(size > 0 ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    bool going_on = mpk_scan_feed(scan, copy, size, address);
    free(copy);
    return going_on;
}

static struct hits scan_all(const unsigned char *bytes, size_t size) {
    struct hits hits = {.limit = SIZE_MAX};
    struct mpk_scan scan;
    mpk_scan_begin(&scan, record, &hits);
    assert_true(feed_exact(&scan, bytes, size, BASE));
    mpk_scan_end(&scan);
    return hits;
}

static void assert_only_hit(const struct hits *hits, enum mpk_pattern pattern, uint64_t address) {
    assert_int_equal(hits->count, 1);
    assert_int_equal(hits->pattern[0], pattern);
    assert_int_equal(hits->address[0], address);
}

// The reference: as plain as the definition, one offset at a time, no state.
static int reference_at(const unsigned char *bytes, size_t left) {
    if (left >= 3 && bytes[0] == 0x0f && bytes[1] == 0x01 && bytes[2] == 0xef)
        return MPK_PATTERN_WRPKRU;
    if (left >= 4 && bytes[0] == 0xd5 && bytes[1] >= 0x80 && bytes[2] == 0x01 && bytes[3] == 0xef)
        return MPK_PATTERN_WRPKRU;
    if (left >= 3 && bytes[0] == 0x0f && bytes[1] == 0xae && (bytes[2] >> 3 & 7) == 5 && bytes[2] >> 6 != 3)
        return MPK_PATTERN_XRSTOR;
    return 0;
}

static void assert_as_reference(const struct hits *hits, const unsigned char *bytes, size_t size) {
    size_t found = 0;
    for (size_t i = 0; i < size; i++) {
        int expected = reference_at(bytes + i, size - i);
        if (expected == 0)
            continue;
        assert_true(found < hits->count);
        assert_int_equal(hits->pattern[found], expected);
        assert_int_equal(hits->address[found], BASE + i);
        found++;
    }
    assert_int_equal(hits->count, found);
}

static const unsigned char wrpkru[] = {0x0f, 0x01, 0xef};
static const unsigned char wrpkru_rex2[] = {0xd5, 0x80, 0x01, 0xef};
static const unsigned char xrstor[] = {0x0f, 0xae, 0x6c};

static const struct sample {
    const unsigned char *bytes;
    size_t size;
    enum mpk_pattern pattern;
} samples[] = {
    {wrpkru, sizeof(wrpkru), MPK_PATTERN_WRPKRU},
    {wrpkru_rex2, sizeof(wrpkru_rex2), MPK_PATTERN_WRPKRU},
    {xrstor, sizeof(xrstor), MPK_PATTERN_XRSTOR},
};
#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void hit_at_every_offset_of_every_size(void **state) {
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        for (size_t size = samples[s].size; size <= 40; size++) {
            for (size_t at = 0; at + samples[s].size <= size; at++) {
                unsigned char bytes[40];
                memset(bytes, 0x90, sizeof(bytes));
                memcpy(bytes + at, samples[s].bytes, samples[s].size);
                struct hits hits = scan_all(bytes, size);
                assert_only_hit(&hits, samples[s].pattern, BASE + at);
            }
        }
    }
}

static void hit_over_every_split_of_a_seam(void **state) {
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        for (size_t at = 0; at + samples[s].size <= 24; at++) {
            unsigned char bytes[24];
            memset(bytes, 0x90, sizeof(bytes));
            memcpy(bytes + at, samples[s].bytes, samples[s].size);
            for (size_t first = 0; first <= 24; first++) {
                for (size_t second = first; second <= 24; second++) {
                    struct hits hits = {.limit = SIZE_MAX};
                    struct mpk_scan scan;
                    mpk_scan_begin(&scan, record, &hits);
                    assert_true(feed_exact(&scan, bytes, first, BASE));
                    assert_true(feed_exact(&scan, bytes + first, second - first, BASE + first));
                    assert_true(feed_exact(&scan, bytes + second, 24 - second, BASE + second));
                    mpk_scan_end(&scan);
                    assert_only_hit(&hits, samples[s].pattern, BASE + at);
                }
            }
        }
    }
}

static void no_hit_over_a_gap_or_an_end(void **state) {
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        for (size_t split = 1; split < samples[s].size; split++) {
            struct hits hits = {.limit = SIZE_MAX};
            struct mpk_scan scan;
            mpk_scan_begin(&scan, record, &hits);
            assert_true(feed_exact(&scan, samples[s].bytes, split, BASE));
            assert_true(feed_exact(&scan, samples[s].bytes + split, samples[s].size - split, BASE + 0x1000));
            assert_int_equal(hits.count, 0);
            mpk_scan_begin(&scan, record, &hits);
            assert_true(feed_exact(&scan, samples[s].bytes, split, BASE));
            mpk_scan_end(&scan);
            assert_true(feed_exact(&scan, samples[s].bytes + split, samples[s].size - split, BASE + split));
            assert_int_equal(hits.count, 0);
        }
    }
}

static void back_to_back_hits_are_all_found(void **state) {
    (void)state;
    unsigned char bytes[3 * 100];
    for (size_t i = 0; i < 100; i++)
        memcpy(bytes + 3 * i, i % 2 != 0 ? xrstor : wrpkru, 3);
    struct hits hits = scan_all(bytes, sizeof(bytes));
    assert_int_equal(hits.count, 100);
    assert_as_reference(&hits, bytes, sizeof(bytes));
}

static void every_modrm_byte_is_judged(void **state) {
    (void)state;
    size_t found = 0;
    for (unsigned modrm = 0; modrm < 256; modrm++) {
        const unsigned char bytes[] = {0x0f, 0xae, (unsigned char)modrm};
        struct hits hits = scan_all(bytes, sizeof(bytes));
        bool memory = modrm < 0xc0;
        bool is_xrstor = memory && (modrm & 0x38) == 0x28;
        assert_int_equal(hits.count, is_xrstor ? 1 : 0); // E8 is LFENCE, behind F3 INCSSP
        found += hits.count;
    }
    assert_int_equal(found, 24);
}

static void every_rex2_payload_is_judged(void **state) {
    (void)state;
    for (unsigned payload = 0; payload < 256; payload++) {
        const unsigned char bytes[] = {0xd5, (unsigned char)payload, 0x01, 0xef};
        struct hits hits = scan_all(bytes, sizeof(bytes));
        if (payload == 0x0f) // then the last three bytes are the plain form
            assert_only_hit(&hits, MPK_PATTERN_WRPKRU, BASE + 1);
        else
            assert_int_equal(hits.count, payload >= 0x80 ? 1 : 0);
    }
}

static void stui_and_prefixed_forms_are_hits(void **state) {
    (void)state;
    const unsigned char prefixes[] = {0xf3, 0x66, 0xf2, 0xf0, 0x48, 0x64};
    for (size_t i = 0; i < sizeof(prefixes); i++) {
        const unsigned char bytes[] = {prefixes[i], 0x0f, 0x01, 0xef};
        struct hits hits = scan_all(bytes, sizeof(bytes));
        assert_only_hit(&hits, MPK_PATTERN_WRPKRU, BASE + 1);
    }
}

static void incomplete_patterns_at_the_end_are_no_hits(void **state) {
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        for (size_t size = 0; size < samples[s].size; size++) {
            struct hits hits = scan_all(samples[s].bytes, size);
            assert_int_equal(hits.count, 0);
        }
    }
}

static void the_callback_can_stop_the_scan(void **state) {
    (void)state;
    unsigned char bytes[30];
    for (size_t i = 0; i < 10; i++)
        memcpy(bytes + 3 * i, wrpkru, 3);
    struct hits hits = {.limit = 4};
    struct mpk_scan scan;
    mpk_scan_begin(&scan, record, &hits);
    assert_false(feed_exact(&scan, bytes, sizeof(bytes), BASE));
    assert_int_equal(hits.count, 4);
}

static void addresses_above_four_gibibytes_stay_whole(void **state) {
    (void)state;
    struct hits hits = {.limit = SIZE_MAX};
    struct mpk_scan scan;
    mpk_scan_begin(&scan, record, &hits);
    assert_true(feed_exact(&scan, wrpkru, 1, 0x7fffffffefffu));
    assert_true(feed_exact(&scan, wrpkru + 1, 2, 0x7ffffffff000u));
    assert_only_hit(&hits, MPK_PATTERN_WRPKRU, 0x7fffffffefffu);
}

static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

// Bytes drawn from those that patterns are made of, so that hits and near misses are dense.
static void random_bytes_in_random_chunks_match_the_reference(void **state) {
    (void)state;
    static const unsigned char alphabet[] = {0x0f, 0x01, 0xef, 0xae, 0x28, 0x6c,
                                             0xe8, 0xd5, 0x80, 0xff, 0x7f, 0x00};
    uint64_t seed = 0x9e3779b97f4a7c15u;
    size_t found = 0;
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[300];
        size_t size = next_random(&seed) % sizeof(bytes);
        unsigned density = 1 + next_random(&seed) % 16;
        for (size_t i = 0; i < size; i++) {
            uint64_t random = next_random(&seed);
            bytes[i] = random % 16 < density ? alphabet[(random >> 8) % sizeof(alphabet)]
                                             : (unsigned char)(random >> 16);
        }
        struct hits hits = {.limit = SIZE_MAX};
        struct mpk_scan scan;
        mpk_scan_begin(&scan, record, &hits);
        for (size_t at = 0; at < size;) {
            size_t chunk = 1 + next_random(&seed) % 40;
            if (chunk > size - at)
                chunk = size - at;
            assert_true(feed_exact(&scan, bytes + at, chunk, BASE + at));
            at += chunk;
        }
        assert_as_reference(&hits, bytes, size);
        found += hits.count;
    }
    assert_true(found > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hit_at_every_offset_of_every_size),
        cmocka_unit_test(hit_over_every_split_of_a_seam),
        cmocka_unit_test(no_hit_over_a_gap_or_an_end),
        cmocka_unit_test(back_to_back_hits_are_all_found),
        cmocka_unit_test(every_modrm_byte_is_judged),
        cmocka_unit_test(every_rex2_payload_is_judged),
        cmocka_unit_test(stui_and_prefixed_forms_are_hits),
        cmocka_unit_test(incomplete_patterns_at_the_end_are_no_hits),
        cmocka_unit_test(the_callback_can_stop_the_scan),
        cmocka_unit_test(addresses_above_four_gibibytes_stay_whole),
        cmocka_unit_test(random_bytes_in_random_chunks_match_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
