// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Property: however bytes are cut into feeds, wherever these lie and whatever is around them, every path of
// the scanner reports exactly what a reading of one byte after the other finds, in the same order, and reads
// nothing outside of its feed.
//
// An input is a list of pieces: a byte with the place of the piece, two bytes with its length, then its
// bytes. The input's first byte says after how many hits the callback stops the scan (0: never).

#include "fuzz.h"

#include <sanitizer/asan_interface.h>
#include <string.h>

#include "scan.h"

#define HITS_MAX 4096
#define ALIGN 64 // of the piece's memory, to which the low bits of the place are an offset

struct hits {
    size_t stop_after;
    size_t count;
    struct {
        enum mpk_pattern pattern;
        uint64_t address;
    } hit[HITS_MAX];
};

static bool add(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct hits *hits = context;
    FUZZ_CHECK(hits->count < HITS_MAX);
    hits->hit[hits->count].pattern = pattern;
    hits->hit[hits->count].address = address;
    return ++hits->count != hits->stop_after;
}

// --- The reference: the rules of scan.h once more, as plainly as can be ---

struct reference {
    struct hits *hits;
    uint8_t run[4]; // the last bytes of the run, the newest last
    unsigned known; // of them
    uint64_t next;
};

static bool read_byte(struct reference *reference, uint8_t byte, uint64_t address) {
    for (int i = 0; i < 3; i++)
        reference->run[i] = reference->run[i + 1];
    reference->run[3] = byte;
    reference->known += reference->known < 4;
    const uint8_t *run = reference->run;
    bool three = reference->known >= 3;
    if (three && run[1] == 0x0f && run[2] == 0x01 && byte == 0xef)
        return add(reference->hits, MPK_PATTERN_WRPKRU, address - 2);
    if (three && run[1] == 0x0f && run[2] == 0xae && (byte >> 3 & 7) == 5 && byte >> 6 != 3)
        return add(reference->hits, MPK_PATTERN_XRSTOR, address - 2);
    if (reference->known == 4 && run[0] == 0xd5 && run[1] >= 0x80 && run[2] == 0x01 && byte == 0xef)
        return add(reference->hits, MPK_PATTERN_WRPKRU, address - 3);
    return true;
}

static bool read_piece(struct reference *reference, const uint8_t *bytes, size_t size, uint64_t address) {
    if (size == 0)
        return true;
    if (address != reference->next)
        reference->known = 0;
    for (size_t i = 0; i < size; i++) {
        if (!read_byte(reference, bytes[i], address + i))
            return false;
    }
    reference->next = address + size;
    return true;
}

// --- The pieces of an input ---

struct piece {
    const uint8_t *bytes;
    size_t size;
    unsigned align; // of its memory
    bool ends_run;  // mpk_scan_end before it
    uint64_t address;
};

struct reader {
    const uint8_t *at;
    size_t left;
    uint64_t next;
};

static uint64_t place(unsigned kind, uint64_t next) {
    switch (kind) {
    case 1:
        return next + 1; // a hole of one byte
    case 2:
        return next - 1; // overlapping
    case 3:
        return UINT64_MAX - 100; // up to the end of the address space, and over it
    default:
        return next;
    }
}

static bool next_piece(struct reader *reader, struct piece *piece) {
    if (reader->left < 3)
        return false;
    unsigned head = reader->at[0];
    size_t size = (size_t)reader->at[1] | (size_t)reader->at[2] << 8;
    reader->at += 3;
    reader->left -= 3;
    piece->bytes = reader->at;
    piece->size = size < reader->left ? size : reader->left;
    piece->align = head & 63;
    piece->ends_run = head == 0xff;
    piece->address = place(head >> 6, reader->next);
    reader->at += piece->size;
    reader->left -= piece->size;
    reader->next = piece->address + piece->size;
    return true;
}

static void expect(const uint8_t *bytes, size_t size, struct hits *hits) {
    struct reader reader = {bytes, size, 0x1000};
    struct reference reference = {.hits = hits};
    struct piece piece;
    while (next_piece(&reader, &piece)) {
        if (piece.ends_run)
            reference.known = 0;
        if (!read_piece(&reference, piece.bytes, piece.size, piece.address))
            return;
    }
}

// Feeds a copy with poisoned memory on both sides.
static bool feed(struct mpk_scan *scan, const struct piece *piece) {
    uint8_t *memory = aligned_alloc(ALIGN, (piece->align + piece->size + 2 * ALIGN - 1) / ALIGN * ALIGN);
    FUZZ_CHECK(memory != NULL);
    uint8_t *copy = memory + piece->align;
    size_t behind = (piece->align + piece->size + 2 * ALIGN - 1) / ALIGN * ALIGN - piece->align - piece->size;
    memcpy(copy, piece->bytes, piece->size);
    ASAN_POISON_MEMORY_REGION(memory, piece->align);
    ASAN_POISON_MEMORY_REGION(copy + piece->size, behind);
    bool on = mpk_scan_feed(scan, copy, piece->size, piece->address);
    ASAN_UNPOISON_MEMORY_REGION(memory, piece->align + piece->size + behind);
    free(memory);
    return on;
}

static void scan_input(const uint8_t *bytes, size_t size, enum mpk_scan_path path,
                       const struct hits *expected) {
    static struct hits found;
    struct reader reader = {bytes, size, 0x1000};
    struct piece piece;
    struct mpk_scan scan;
    bool on = true;
    found.stop_after = expected->stop_after;
    found.count = 0;
    mpk_scan_begin(&scan, add, &found);
    if (path != 0 && !mpk_scan_use(&scan, path))
        return;
    while (on && next_piece(&reader, &piece)) {
        if (piece.ends_run)
            mpk_scan_end(&scan);
        on = feed(&scan, &piece);
    }
    FUZZ_CHECK(on == (found.stop_after == 0 || found.count < found.stop_after));
    FUZZ_CHECK(found.count == expected->count);
    for (size_t i = 0; i < found.count; i++) {
        FUZZ_CHECK(found.hit[i].pattern == expected->hit[i].pattern);
        FUZZ_CHECK(found.hit[i].address == expected->hit[i].address);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct hits expected;
    if (size == 0 || size > HITS_MAX)
        return 0;
    expected.stop_after = bytes[0];
    expected.count = 0;
    expect(bytes + 1, size - 1, &expected);
    for (int path = 0; path <= MPK_SCAN_PATHS; path++) // 0: the one that the scanner chooses
        scan_input(bytes + 1, size - 1, (enum mpk_scan_path)path, &expected);
    return 0;
}
