// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The byte scanner. See scan.h. May assume nothing of what it reads.

#include "scan.h"

#define LOW_BITS 0x0101010101010101u
#define HIGH_BITS 0x8080808080808080u

// True if some byte of the word is value. Bit trick: subtracting 1 from each byte borrows into the high bit
// only where the byte was 0; a borrow from a lower zero byte can give a false positive above it, never a
// false negative.
static bool has_byte(uint64_t word, unsigned char value) {
    uint64_t zero_where_equal = word ^ (LOW_BITS * value);
    return ((zero_where_equal - LOW_BITS) & ~zero_where_equal & HIGH_BITS) != 0;
}

// Every pattern ends in EF, or in the byte after an AE.
static bool can_end_pattern(uint32_t window, uint64_t word) {
    return (window & 0xff) == 0xae || has_byte(word, 0xae) || has_byte(word, 0xef);
}

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

void mpk_scan_begin(struct mpk_scan *scan, mpk_scan_hit hit, void *context) {
    scan->hit = hit;
    scan->context = context;
    scan->next = 0;
    scan->window = 0;
}

bool mpk_scan_feed(struct mpk_scan *scan, const unsigned char *bytes, size_t size, uint64_t address) {
    if (size == 0)
        return true;
    // A2: two adjacent mappings, or two chunks of one, are one run.
    uint32_t window = address == scan->next ? scan->window : 0;
    size_t i = 0;
    while (i < size) {
        if (size - i >= sizeof(uint64_t)) {
            uint64_t word;
            __builtin_memcpy(&word, bytes + i, sizeof(word));
            if (!can_end_pattern(window, word)) {
                window = __builtin_bswap32((uint32_t)(word >> 32));
                i += sizeof(word);
                continue;
            }
        }
        size_t stop = size - i < sizeof(uint64_t) ? size : i + sizeof(uint64_t);
        for (; i < stop; i++) {
            window = window << 8 | bytes[i];
            if (!check(scan, window, address + i))
                return false;
        }
    }
    scan->window = window;
    scan->next = address + size;
    return true;
}

void mpk_scan_end(struct mpk_scan *scan) {
    scan->window = 0;
}
