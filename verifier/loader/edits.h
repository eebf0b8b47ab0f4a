// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What makes one file out of another: the bytes that differ, with those they take the place of, and what the
// new file has behind the old one's end. Small, where the files are large, and of use for that one file
// alone. One block of memory, which is also what lies in the cache (edits-cache.h).
//
// Thread-safe: no state. Nothing in a block is believed: it may be damaged, or another file's.
#ifndef MPKGATE_LOADER_EDITS_H
#define MPKGATE_LOADER_EDITS_H

#include <stdbool.h>
#include <stddef.h>

struct edits {
    unsigned char *bytes; // from malloc
    size_t size;
};

// Fills *edits with what makes `made` out of `old`, of which it is no shorter. The caller frees edits->bytes.
// Returns false when memory is out.
bool edits_make(struct edits *edits, const unsigned char *old, size_t old_size, const unsigned char *made,
                size_t made_size);

// Makes the new file out of `old`, *made_size bytes that the caller frees. Returns NULL if the block is
// damaged, if it is for another file (another size, or other bytes in the places that would change), or when
// memory is out.
unsigned char *edits_apply(const struct edits *edits, const unsigned char *old, size_t old_size,
                           size_t *made_size);

#endif
