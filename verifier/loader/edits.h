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

// How many bytes the new file has, if these are edits of a file of old_size bytes. 0: they are not, or
// damaged.
size_t edits_made_size(const struct edits *edits, size_t old_size);

// Makes the new file out of `old`, into the edits_made_size() bytes at `made`. Returns false, with anything
// in `made`, if the block is damaged, or if it is for another file, which has other bytes in the places that
// would change.
bool edits_apply(const struct edits *edits, const unsigned char *old, size_t old_size, unsigned char *made);

#endif
