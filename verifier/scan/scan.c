// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The byte scanner: its state, its judgement, and the path for every CPU. See scan.h. May assume nothing of
// what it reads.

#include "scan-private.h"

// Looks at the pattern that ends with the newest byte of the window. A zero in place of a byte that the run
// does not have matches no first byte, so the start of a run needs no case of its own.
static bool check(const struct mpk_scan *scan, uint32_t window, uint64_t address) {
    if ((window & 0x00ffffff) == 0x000f01ef)
        return scan->hit(scan->context, MPK_PATTERN_WRPKRU, address - 2);
    if ((window & 0xff80ffff) == 0xd58001ef)
        return scan->hit(scan->context, MPK_PATTERN_WRPKRU, address - 3);
    // ModRM: reg (bits 3 to 5) is 5, mod (bits 6 and 7) is not 3.
    if ((window & 0x00ffff38) == 0x000fae28 && (window & 0xc0) != 0xc0)
        return scan->hit(scan->context, MPK_PATTERN_XRSTOR, address - 2);
    return true;
}

// The four bytes that end with bytes[end].
static uint32_t window_at(const unsigned char *bytes, size_t end) {
    uint32_t word;
    __builtin_memcpy(&word, bytes + end - 3, sizeof(word));
    return __builtin_bswap32(word);
}

bool mpk_scan_judge(struct mpk_scan_input *input, size_t base, uint64_t pairs) {
    for (; pairs != 0; pairs &= pairs - 1) {
        size_t pair = base + (size_t)__builtin_ctzll(pairs);
        // 01 EF ends its pattern; behind 0F AE comes one byte more.
        for (size_t end = pair + 1; end <= pair + 2 && end < input->size; end++) {
            if (end < input->judged)
                continue;
            input->judged = end + 1;
            if (!check(input->scan, window_at(input->bytes, end), input->address + end))
                return false;
        }
    }
    return true;
}

#define LOW_BITS 0x0101010101010101u
#define HIGH_BITS 0x8080808080808080u

// The high bit of each byte that is 0. Bit trick: subtracting 1 from each byte borrows into the high bit only
// where the byte was 0; a borrow from a lower zero byte can mark a 1 above it, but no zero byte is left out.
static uint64_t zero_bytes(uint64_t word) {
    return (word - LOW_BITS) & ~word & HIGH_BITS;
}

static uint64_t load(const unsigned char *bytes) {
    uint64_t word;
    __builtin_memcpy(&word, bytes, sizeof(word));
    return word;
}

// Some bit of byte n: bytes[n] and its successor may be a pair. One test for both pairs, which a few others
// pass too: 01 and 0F are equal but for the bits 0E, EF and AE but for 41. Reads 9 bytes.
static uint64_t maybe_pairs(const unsigned char *bytes) {
    uint64_t first = (load(bytes) | LOW_BITS * 0x0e) ^ LOW_BITS * 0x0f;
    uint64_t second = (load(bytes + 1) | LOW_BITS * 0x41) ^ LOW_BITS * 0xef;
    return zero_bytes(first | second);
}

// Bit n from the high bit of byte n.
static uint64_t gather(uint64_t high_bits) {
    return (high_bits >> 7) * 0x0102040810204080u >> 56;
}

#define WORD sizeof(uint64_t)
#define WORDS 4 // at a time

bool mpk_scan_portable(struct mpk_scan_input *input) {
    size_t at = 0;
    for (; input->size - at > WORDS * WORD; at += WORDS * WORD) {
        uint64_t pairs[WORDS];
        for (size_t i = 0; i < WORDS; i++)
            pairs[i] = maybe_pairs(input->bytes + at + i * WORD);
        if ((pairs[0] | pairs[1] | pairs[2] | pairs[3]) == 0)
            continue;
        for (size_t i = 0; i < WORDS; i++) {
            if (!mpk_scan_judge(input, at + i * WORD, gather(pairs[i])))
                return false;
        }
    }
    // Few bytes are left: each may be the first of a pair.
    return mpk_scan_judge(input, at, UINT64_MAX);
}

static bool find_pairs(struct mpk_scan_input *input) {
    if (input->scan->path == MPK_SCAN_AVX512 && input->size >= MPK_SCAN_AVX512_MIN)
        return mpk_scan_avx512(input);
    if (input->scan->path >= MPK_SCAN_AVX2 && input->size >= MPK_SCAN_AVX2_MIN)
        return mpk_scan_avx2(input);
    return mpk_scan_portable(input);
}

void mpk_scan_begin(struct mpk_scan *scan, mpk_scan_hit hit, void *context) {
    scan->hit = hit;
    scan->context = context;
    scan->next = 0;
    scan->window = 0;
    scan->path = MPK_SCAN_PORTABLE;
    if (!mpk_scan_use(scan, MPK_SCAN_AVX512))
        mpk_scan_use(scan, MPK_SCAN_AVX2);
}

bool mpk_scan_use(struct mpk_scan *scan, enum mpk_scan_path path) {
    if (!mpk_scan_cpu_has(path))
        return false;
    scan->path = path;
    return true;
}

bool mpk_scan_feed(struct mpk_scan *scan, const unsigned char *bytes, size_t size, uint64_t address) {
    if (size == 0)
        return true;
    // A2: two adjacent mappings, or two chunks of one, are one run.
    uint32_t window = address == scan->next ? scan->window : 0;
    // Patterns that may have begun before these bytes.
    for (size_t i = 0; i < size && i < MPK_SCAN_OWN; i++) {
        window = window << 8 | bytes[i];
        if (!check(scan, window, address + i))
            return false;
    }
    if (size > MPK_SCAN_OWN) {
        struct mpk_scan_input input = {
            .scan = scan, .bytes = bytes, .size = size, .address = address, .judged = MPK_SCAN_OWN};
        if (!find_pairs(&input))
            return false;
        window = window_at(bytes, size - 1);
    }
    scan->window = window;
    scan->next = address + size;
    return true;
}

void mpk_scan_end(struct mpk_scan *scan) {
    scan->window = 0;
}
