// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Property: the scanner finds every WRPKRU and XRSTOR at every offset and over every seam (A1, A2, A3), and
// nothing else, and reads nothing but the bytes it is given, by each of its paths that this CPU has. It is
// compiled into this test, so that sanitizers see into it.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

static enum mpk_scan_path path; // of all scans

static void begin(struct mpk_scan *scan, struct hits *hits) {
    mpk_scan_begin(scan, record, hits);
    assert_true(mpk_scan_use(scan, path));
}

#define ROOM 0x10000u
static unsigned char *room; // ROOM bytes between two pages that cannot be read

static int make_room(void **state) {
    (void)state;
    unsigned char *map = mmap(NULL, ROOM + 0x2000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        return -1;
    room = map + 0x1000;
    return mprotect(room, ROOM, PROT_READ | PROT_WRITE);
}

static int leave_room(void **state) {
    (void)state;
    return munmap(room - 0x1000, ROOM + 0x2000);
}

// The bytes end where the room ends: a read beyond them is a fault.
static bool feed_exact(struct mpk_scan *scan, const unsigned char *bytes, size_t size, uint64_t address) {
    assert_true(size <= ROOM);
    unsigned char *copy = room + ROOM - size;
    memcpy(copy, bytes, size);
    return mpk_scan_feed(scan, copy, size, address);
}

static struct hits scan_all(const unsigned char *bytes, size_t size) {
    struct hits hits = {.limit = SIZE_MAX};
    struct mpk_scan scan;
    begin(&scan, &hits);
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
                    begin(&scan, &hits);
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

#define MOST 300 // bytes; more than what the widest path takes at once

static void hit_over_every_split_of_two_long_feeds(void **state) {
    (void)state;
    for (size_t s = 0; s < SAMPLES; s++) {
        for (size_t split = 1; split < samples[s].size; split++) {
            for (size_t before = 0; before <= MOST; before++) {
                unsigned char bytes[MOST + 4];
                size_t size = MOST + samples[s].size;
                memset(bytes, 0x90, sizeof(bytes));
                memcpy(bytes + before, samples[s].bytes, samples[s].size);
                struct hits hits = {.limit = SIZE_MAX};
                struct mpk_scan scan;
                begin(&scan, &hits);
                assert_true(feed_exact(&scan, bytes, before + split, BASE));
                assert_true(
                    feed_exact(&scan, bytes + before + split, size - before - split, BASE + before + split));
                assert_only_hit(&hits, samples[s].pattern, BASE + before);
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
            begin(&scan, &hits);
            assert_true(feed_exact(&scan, samples[s].bytes, split, BASE));
            assert_true(feed_exact(&scan, samples[s].bytes + split, samples[s].size - split, BASE + 0x1000));
            assert_int_equal(hits.count, 0);
            begin(&scan, &hits);
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

static void lookalikes_are_no_hits_at_any_offset(void **state) {
    (void)state;
    static const unsigned char lookalikes[][4] = {
        {0x0f, 0xae, 0xe8, 0x90}, {0x0f, 0xae, 0xef, 0x90}, // LFENCE
        {0xf3, 0x0f, 0xae, 0xe9}, {0xf3, 0x0f, 0xae, 0xee}, // INCSSP
        {0x0f, 0xae, 0x24, 0x24}, {0x0f, 0xae, 0x38, 0x90}, // XSAVE, CLFLUSH
        {0xd5, 0x7f, 0x01, 0xef}, {0xd4, 0x80, 0x01, 0xef}, // REX2 without M0; no REX2
        {0x0f, 0x01, 0xee, 0x90}, {0x0f, 0x01, 0xf0, 0x90}, // RDPKRU
        {0x90, 0x90, 0x01, 0xef}, {0xef, 0x01, 0x0f, 0xae}, // the pairs alone, and backwards
    };
    for (size_t l = 0; l < sizeof(lookalikes) / sizeof(lookalikes[0]); l++) {
        for (size_t at = 0; at + 4 <= 300; at++) {
            unsigned char bytes[300];
            memset(bytes, 0x90, sizeof(bytes));
            memcpy(bytes + at, lookalikes[l], 4);
            struct hits hits = scan_all(bytes, sizeof(bytes));
            assert_int_equal(hits.count, 0);
        }
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
    unsigned char bytes[3 * 300];
    for (size_t i = 0; i < 300; i++)
        memcpy(bytes + 3 * i, wrpkru, 3);
    for (size_t limit = 1; limit <= 300; limit++) {
        struct hits hits = {.limit = limit};
        struct mpk_scan scan;
        begin(&scan, &hits);
        assert_false(feed_exact(&scan, bytes, sizeof(bytes), BASE));
        assert_int_equal(hits.count, limit);
        assert_int_equal(hits.address[limit - 1], BASE + 3 * (limit - 1));
    }
}

static void addresses_above_four_gibibytes_stay_whole(void **state) {
    (void)state;
    struct hits hits = {.limit = SIZE_MAX};
    struct mpk_scan scan;
    begin(&scan, &hits);
    assert_true(feed_exact(&scan, wrpkru, 1, 0x7fffffffefffu));
    assert_true(feed_exact(&scan, wrpkru + 1, 2, 0x7ffffffff000u));
    assert_only_hit(&hits, MPK_PATTERN_WRPKRU, 0x7fffffffefffu);
}

// Maps the same few pages again and again: a region of any size that costs little.
static unsigned char *map_large(size_t size) {
    const size_t chunk = 0x200000;
    int fd = memfd_create("scan_test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)chunk), 0);
    unsigned char *map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(map != MAP_FAILED);
    for (size_t at = 0; at < size; at += chunk)
        assert_true(mmap(map + at, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
                    map + at);
    close(fd);
    return map;
}

// A pattern over the 4 GiB border, one beyond it and one at the very end.
static void hit_beyond_four_gibibytes_of_one_feed(void **state) {
    (void)state;
    const size_t border = (size_t)4 << 30, size = border + 0x200000;
    unsigned char *map = map_large(size);
    memcpy(map + border - 1, wrpkru, 3);
    memcpy(map + border + 0x12345, xrstor, 3);
    memcpy(map + size - 4, wrpkru_rex2, 4);
    struct hits hits = {.limit = SIZE_MAX};
    struct mpk_scan scan;
    begin(&scan, &hits);
    assert_true(mpk_scan_feed(&scan, map, size, BASE));
    assert_int_equal(munmap(map, size), 0);
    assert_int_equal(hits.count, 3);
    assert_int_equal(hits.address[0], BASE + border - 1);
    assert_int_equal(hits.address[1], BASE + border + 0x12345);
    assert_int_equal(hits.address[2], BASE + size - 4);
}

static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

// Bytes drawn from those that patterns are made of, so that hits and near misses are dense.
static void fill_densely(unsigned char *bytes, size_t size, uint64_t *seed) {
    static const unsigned char alphabet[] = {0x0f, 0x01, 0xef, 0xae, 0x28, 0x6c,
                                             0xe8, 0xd5, 0x80, 0xff, 0x7f, 0x00};
    unsigned density = 1 + next_random(seed) % 16;
    for (size_t i = 0; i < size; i++) {
        uint64_t random = next_random(seed);
        bytes[i] = random % 16 < density ? alphabet[(random >> 8) % sizeof(alphabet)]
                                         : (unsigned char)(random >> 16);
    }
}

// Around the bytes lie patterns that the bytes would complete.
static struct hits scan_in_place(unsigned char *at, size_t size) {
    memcpy(at - 2, wrpkru, 2);
    at[size] = 0xef;
    struct hits hits = {.limit = SIZE_MAX};
    struct mpk_scan scan;
    begin(&scan, &hits);
    assert_true(mpk_scan_feed(&scan, at, size, BASE));
    return hits;
}

static void every_alignment_and_length_matches_the_reference(void **state) {
    (void)state;
    uint64_t seed = 0x9e3779b97f4a7c15u;
    size_t found = 0;
    for (size_t alignment = 0; alignment < 128; alignment++) {
        unsigned char *at = room + 0x1000 + alignment;
        for (size_t size = 0; size <= MOST; size++) {
            fill_densely(at, size, &seed);
            struct hits hits = scan_in_place(at, size);
            assert_as_reference(&hits, at, size);
            found += hits.count;
            for (size_t s = 0; s < SAMPLES && size >= samples[s].size; s++) {
                size_t end = size - samples[s].size;
                const size_t places[] = {0, end, next_random(&seed) % (end + 1)};
                for (size_t p = 0; p < 3; p++) {
                    memset(at, 0x90, size);
                    memcpy(at + places[p], samples[s].bytes, samples[s].size);
                    hits = scan_in_place(at, size);
                    assert_only_hit(&hits, samples[s].pattern, BASE + places[p]);
                }
            }
        }
    }
    assert_true(found > 1000);
}

static void nothing_outside_the_bytes_is_read(void **state) {
    (void)state;
    memset(room, 0x90, ROOM);
    for (size_t size = 0; size <= 3 * 4096; size += size < 2 * MOST ? 1 : 61) {
        struct hits hits = {.limit = SIZE_MAX};
        struct mpk_scan scan;
        begin(&scan, &hits);
        assert_true(mpk_scan_feed(&scan, room, size, BASE));               // no page before them
        assert_true(mpk_scan_feed(&scan, room + ROOM - size, size, BASE)); // none behind them
        assert_int_equal(hits.count, 0);
    }
}

static void random_bytes_in_random_chunks_match_the_reference(void **state) {
    (void)state;
    uint64_t seed = 0x2545f4914f6cdd1du;
    size_t found = 0;
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[1000];
        size_t size = next_random(&seed) % sizeof(bytes);
        fill_densely(bytes, size, &seed);
        struct hits hits = {.limit = SIZE_MAX};
        struct mpk_scan scan;
        begin(&scan, &hits);
        for (size_t at = 0; at < size;) {
            size_t chunk = 1 + next_random(&seed) % (round % 2 != 0 ? 40 : 600);
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

static void only_paths_of_this_cpu_can_be_used(void **state) {
    (void)state;
    struct mpk_scan scan;
    mpk_scan_begin(&scan, record, NULL);
    enum mpk_scan_path widest = scan.path;
    assert_true(mpk_scan_use(&scan, MPK_SCAN_PORTABLE));
    assert_int_equal(scan.path, MPK_SCAN_PORTABLE);
    for (unsigned p = widest + 1; p <= MPK_SCAN_PATHS; p++)
        assert_false(mpk_scan_use(&scan, p));
    assert_false(mpk_scan_use(&scan, 0));
    assert_false(mpk_scan_use(&scan, MPK_SCAN_PATHS + 1));
    assert_false(mpk_scan_use(&scan, 64));
    assert_int_equal(scan.path, MPK_SCAN_PORTABLE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hit_at_every_offset_of_every_size),
        cmocka_unit_test(hit_over_every_split_of_a_seam),
        cmocka_unit_test(hit_over_every_split_of_two_long_feeds),
        cmocka_unit_test(no_hit_over_a_gap_or_an_end),
        cmocka_unit_test(back_to_back_hits_are_all_found),
        cmocka_unit_test(every_modrm_byte_is_judged),
        cmocka_unit_test(every_rex2_payload_is_judged),
        cmocka_unit_test(stui_and_prefixed_forms_are_hits),
        cmocka_unit_test(lookalikes_are_no_hits_at_any_offset),
        cmocka_unit_test(incomplete_patterns_at_the_end_are_no_hits),
        cmocka_unit_test(the_callback_can_stop_the_scan),
        cmocka_unit_test(addresses_above_four_gibibytes_stay_whole),
        cmocka_unit_test(hit_beyond_four_gibibytes_of_one_feed),
        cmocka_unit_test(every_alignment_and_length_matches_the_reference),
        cmocka_unit_test(nothing_outside_the_bytes_is_read),
        cmocka_unit_test(random_bytes_in_random_chunks_match_the_reference),
        cmocka_unit_test(only_paths_of_this_cpu_can_be_used),
    };
    static const char *const names[] = {"", "portable", "AVX2", "AVX-512"};
    int failed = 0;
    for (path = MPK_SCAN_PORTABLE; path <= MPK_SCAN_PATHS; path++) {
        struct mpk_scan scan;
        mpk_scan_begin(&scan, record, NULL);
        bool has = mpk_scan_use(&scan, path);
        printf("%s path%s\n", names[path], has ? "" : ": this CPU does not have it");
        if (has)
            failed += cmocka_run_group_tests_name(names[path], tests, make_room, leave_room);
    }
    return failed;
}
