// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Generates buffers, scans them by every path of this CPU, and writes bytes and hits to standard output for
// the second implementation (test/verify/Inputs/spec.py) to check.
//
//   scan_generate FIRST COUNT      buffers FIRST to FIRST + COUNT - 1; each depends on its number alone
//
// A buffer is a run of executable bytes around a border: a multiple, in address and in memory, of a width at
// which something changes: the word and the four words of the portable path, the vectors of AVX2 and AVX-512
// and what these take at once, the page. The number, as digits of a mixed radix, chooses
//   - what is planted: patterns, things that look like them, and patterns that follow or overlap each other;
//   - the border's width;
//   - the split: how many bytes of what is planted lie before the border (none to all);
//   - how it is fed: at once, as two segments that meet at the border or near it, in three parts, byte by
//   byte,
//     or as two segments with a hole in between, over which there must be no hit;
//   - what is around it: NOPs, zeros, random bytes, bytes that patterns are made of, one of these repeated.
// Chance chooses how much is around it (often nothing: first or last byte of the run) and the free bits.
//
// Output, little-endian, in batches: u64 address of the image, u32 size of the image, u32 buffers in it, u32
// paths; the image, in which zeros lie between the runs; for each path u32 hits and for each of these a u64,
// address << 2 | enum mpk_pattern, in the scanner's order.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "scan.h"

#define IMAGE ((size_t)4 << 20)
#define GAP 8          // zeros between runs; more than a pattern
#define ITEM_MAX 6     // bytes
#define AROUND_MAX 300 // bytes before, and after; more than what the widest path takes at once
#define WIDEST 4096    // border
#define BUFFER_MAX (3 * WIDEST)
#define FEEDS_MAX 10

static const size_t widths[] = {8, 16, 32, 64, 128, 256, WIDEST};
#define WIDTHS (sizeof(widths) / sizeof(widths[0]))

enum { ITEMS = 16, SPLITS = ITEM_MAX + 1, FILLERS = 5 };
enum mode { AT_ONCE, TWO_SEGMENTS, NEAR_THE_BORDER, THREE_PARTS, BYTE_BY_BYTE, HOLE, MODES };

struct buffer {
    unsigned char item[ITEM_MAX];
    size_t item_size;
    size_t width;
    size_t split;
    enum mode mode;
    unsigned filler;
    size_t before, after; // bytes around the item
};

struct feed {
    size_t offset, size; // in the image
};

struct hits {
    size_t count, room;
    uint64_t *hit;
};

static unsigned char *image;
static size_t used; // bytes of it
static uint64_t image_address;
static struct mpk_scan scans[MPK_SCAN_PATHS];
static struct hits found[MPK_SCAN_PATHS];
static size_t paths;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "scan_generate: %s\n", what);
    exit(2);
}

// SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static bool record(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct hits *hits = context;
    if (hits->count == hits->room) {
        hits->room = hits->room * 2 + 1024;
        hits->hit = realloc(hits->hit, hits->room * sizeof(*hits->hit));
        if (hits->hit == NULL)
            fail("out of memory");
    }
    hits->hit[hits->count++] = address << 2 | (uint64_t)pattern;
    return true;
}

// What is planted: bytes, and which bits of each are left to chance.
static const struct item {
    unsigned char size, bytes[ITEM_MAX], chance[ITEM_MAX];
} items[ITEMS] = {
    {3, {0x0f, 0x01, 0xef}, {0}},                                  // WRPKRU
    {4, {0xf3, 0x0f, 0x01, 0xef}, {0}},                            // STUI
    {4, {0xd5, 0x80, 0x01, 0xef}, {0, 0x7f}},                      // WRPKRU behind REX2
    {3, {0x0f, 0xae, 0x28}, {0, 0, 0x47}},                         // XRSTOR, mod 0 or 1
    {4, {0x48, 0x0f, 0xae, 0xa8}, {0, 0, 0, 0x07}},                // XRSTOR64, mod 2
    {3, {0x0f, 0xae, 0xe8}, {0, 0, 0x07}},                         // LFENCE
    {4, {0xf3, 0x0f, 0xae, 0xe8}, {0, 0, 0, 0x07}},                // INCSSP
    {3, {0x0f, 0xae, 0x00}, {0, 0, 0xff}},                         // the rest of 0F AE
    {3, {0x0f, 0x01, 0xe8}, {0, 0, 0x1f}},                         // RDPKRU and other neighbours of WRPKRU
    {4, {0xd5, 0x00, 0x01, 0xef}, {0, 0x7f}},                      // REX2 without M0
    {4, {0xd4, 0x80, 0x01, 0xef}, {0x03, 0x7f}},                   // neighbours of REX2
    {2, {0x01, 0xef}, {0}},                                        // the pair alone
    {6, {0x0f, 0x01, 0xef, 0x0f, 0xae, 0x28}, {0, 0, 0, 0, 0, 7}}, // one behind the other
    {6, {0x0f, 0xae, 0x68, 0x0f, 0x01, 0xef}, {0, 0, 7}},          // and the other way round
    {6, {0xd5, 0xd5, 0x01, 0xef, 0x01, 0xef}, {0, 0x20, 0, 0, 0}}, // beginnings and ends in excess
    {5, {0x0f, 0x0f, 0xae, 0x2c, 0xef}, {0, 0, 0, 0x40}},          // likewise
};

static struct buffer choose(uint64_t number, uint64_t *random) {
    struct buffer buffer = {0};
    const struct item *item = &items[number % ITEMS];
    buffer.item_size = item->size;
    for (size_t i = 0; i < item->size; i++)
        buffer.item[i] = item->bytes[i] ^ (unsigned char)(item->chance[i] & next_random(random));
    number /= ITEMS;
    buffer.width = widths[number % WIDTHS];
    number /= WIDTHS;
    buffer.split = number % SPLITS;
    number /= SPLITS;
    buffer.mode = (enum mode)(number % MODES);
    number /= MODES;
    buffer.filler = (unsigned)(number % FILLERS);
    uint64_t chance = next_random(random);
    buffer.before = chance % 4 == 0 ? 0 : (chance >> 8) % (AROUND_MAX + 1);
    buffer.after = chance >> 2 & 3 ? (chance >> 24) % (AROUND_MAX + 1) : 0;
    if (buffer.split > buffer.item_size)
        buffer.split = buffer.item_size;
    return buffer;
}

static void fill(unsigned char *bytes, size_t size, unsigned filler, uint64_t *random) {
    static const unsigned char parts[16] = {0x0f, 0x01, 0xef, 0xae, 0xd5, 0x80, 0x28, 0x6c,
                                            0xe8, 0xff, 0x7f, 0x00, 0x0f, 0x01, 0xef, 0xae};
    if (filler == 0)
        memset(bytes, 0x90, size);
    else if (filler == 1)
        memset(bytes, 0, size);
    else if (filler == 2)
        memset(bytes, parts[next_random(random) % 16], size);
    for (size_t i = 0; filler >= 3 && i < size; i += 8) {
        uint64_t chance = next_random(random);
        for (size_t b = 0; b < 8 && i + b < size; b++, chance >>= 8)
            bytes[i + b] = filler == 3 ? (unsigned char)chance : parts[chance % 16];
    }
}

static void add_feed(struct feed *feeds, size_t *count, size_t start, size_t end) {
    if (end > start)
        feeds[(*count)++] = (struct feed){start, end - start};
}

// Cuts [start, end) where the mode wants it.
static size_t cut(const struct buffer *buffer, size_t start, size_t end, size_t border, struct feed *feeds,
                  uint64_t *random) {
    size_t cuts[FEEDS_MAX], count = 0, feed_count = 0;
    size_t item = start + buffer->before;
    if (buffer->mode == TWO_SEGMENTS || buffer->mode == HOLE)
        cuts[count++] = border;
    if (buffer->mode == NEAR_THE_BORDER)
        cuts[count++] = border + next_random(random) % 9 - 4;
    if (buffer->mode == THREE_PARTS) {
        cuts[count++] = start + next_random(random) % (end - start);
        cuts[count++] = cuts[0] + next_random(random) % (end - cuts[0]);
    }
    for (size_t i = 0; buffer->mode == BYTE_BY_BYTE && i <= buffer->item_size; i++)
        cuts[count++] = item + i;
    for (size_t i = 0; i < count; i++) {
        if (cuts[i] <= start || cuts[i] >= end)
            continue;
        add_feed(feeds, &feed_count, start, cuts[i]);
        start = cuts[i];
    }
    add_feed(feeds, &feed_count, start, end);
    return feed_count;
}

// Puts what begins at the border behind a hole as wide as the border.
static void open_hole(size_t width, size_t border, size_t end, struct feed *feeds, size_t count) {
    if (end <= border)
        return;
    memmove(image + border + width, image + border, end - border);
    memset(image + border, 0, width);
    for (size_t i = 0; i < count; i++) {
        if (feeds[i].offset >= border)
            feeds[i].offset += width;
    }
}

static void generate(uint64_t number) {
    uint64_t random = number * 0xd1342543de82ef95u + 4;
    struct buffer buffer = choose(number, &random);
    size_t border = used + GAP + buffer.before + buffer.split;
    border += (buffer.width - border % buffer.width) % buffer.width;
    size_t start = border - buffer.split - buffer.before;
    size_t size = buffer.before + buffer.item_size + buffer.after;
    fill(image + start, size, buffer.filler, &random);
    memcpy(image + start + buffer.before, buffer.item, buffer.item_size);
    struct feed feeds[FEEDS_MAX];
    size_t count = cut(&buffer, start, start + size, border, feeds, &random);
    if (buffer.mode == HOLE)
        open_hole(buffer.width, border, start + size, feeds, count);
    used = feeds[count - 1].offset + feeds[count - 1].size;
    for (size_t p = 0; p < paths; p++) {
        for (size_t i = 0; i < count; i++)
            mpk_scan_feed(&scans[p], image + feeds[i].offset, feeds[i].size, image_address + feeds[i].offset);
    }
}

static void write_all(const void *bytes, size_t size) {
    if (size > 0 && fwrite(bytes, size, 1, stdout) != 1)
        fail("standard output cannot be written");
}

static void begin_batch(uint64_t number) {
    memset(image, 0, used);
    used = 0;
    uint64_t random = ~number;
    // Every other image lies across the 4 GiB border.
    bool low = next_random(&random) % 2 != 0;
    image_address =
        low ? ((uint64_t)4 << 30) - IMAGE / 2 : next_random(&random) >> 18 & ~(uint64_t)(WIDEST - 1);
    paths = 0;
    for (unsigned path = MPK_SCAN_PORTABLE; path <= MPK_SCAN_PATHS; path++) {
        mpk_scan_begin(&scans[paths], record, &found[paths]);
        found[paths].count = 0;
        paths += mpk_scan_use(&scans[paths], path);
    }
}

static void end_batch(uint32_t buffers) {
    uint32_t size = (uint32_t)used, path_count = (uint32_t)paths;
    write_all(&image_address, sizeof(image_address));
    write_all(&size, sizeof(size));
    write_all(&buffers, sizeof(buffers));
    write_all(&path_count, sizeof(path_count));
    write_all(image, used);
    for (size_t p = 0; p < paths; p++) {
        uint32_t count = (uint32_t)found[p].count;
        write_all(&count, sizeof(count));
        write_all(found[p].hit, count * sizeof(*found[p].hit));
    }
}

int main(int argc, char **argv) {
    if (argc != 3)
        fail("usage: scan_generate FIRST COUNT");
    uint64_t number = strtoull(argv[1], NULL, 10), end = number + strtoull(argv[2], NULL, 10);
    image = mmap(NULL, IMAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (image == MAP_FAILED)
        fail("out of memory");
    while (number < end) {
        uint32_t buffers = 0;
        begin_batch(number);
        for (; number < end && used + BUFFER_MAX <= IMAGE; number++, buffers++)
            generate(number);
        end_batch(buffers);
    }
    if (fflush(stdout) != 0)
        fail("standard output cannot be written");
    return 0;
}
