// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the vector paths have in common. Before it is included, a path defines
//
//   TARGET    the attribute that lets a function use its instructions
//   BLOCK     the bytes of a vector
//
// and afterwards the two functions declared here. A group is looked at as one, because nearly always there is
// nothing in it.

#ifndef MPKGATE_SCAN_VECTOR_H
#define MPKGATE_SCAN_VECTOR_H

#define GROUP ((size_t)1024) // bytes
#define LINE ((size_t)64)    // of the cache
// How far ahead of the loads is prefetched. The hardware's own prefetchers stop at the end of a page; one
// page ahead goes on where they stop. It is what makes mapped files fast; in huge pages it does neither good
// nor harm (test/bench/scan).
#define AHEAD ((size_t)4096)

// Bit n: a pair begins at bytes[n]. Reads BLOCK + 1 bytes.
TARGET static inline uint64_t pairs_at(const unsigned char *bytes);

// Whether a pair begins in the GROUP bytes, which begin at a multiple of BLOCK. Reads GROUP + 1 bytes.
TARGET static inline bool group_has_pair(const unsigned char *bytes);

static inline void prefetch(const unsigned char *bytes) {
    // Integers, because the addresses may lie outside the input; prefetching never faults.
    for (uintptr_t line = (uintptr_t)bytes + AHEAD; line < (uintptr_t)bytes + AHEAD + GROUP; line += LINE)
        __builtin_prefetch((const void *)line);
}

// The blocks that begin at or after at and before end.
TARGET static bool judge_blocks(struct mpk_scan_input *input, size_t at, size_t end) {
    for (; at < end; at += BLOCK) {
        uint64_t pairs = pairs_at(input->bytes + at);
        if (pairs != 0 && !mpk_scan_judge(input, at, pairs))
            return false;
    }
    return true;
}

TARGET static bool scan_vectors(struct mpk_scan_input *input) {
    const size_t last = input->size - (BLOCK + 1); // where the last block begins
    size_t at = BLOCK - (uintptr_t)input->bytes % BLOCK;
    if (!judge_blocks(input, 0, 1))
        return false;
    for (; at + (GROUP - BLOCK) <= last; at += GROUP) {
        prefetch(input->bytes + at);
        if (group_has_pair(input->bytes + at) && !judge_blocks(input, at, at + GROUP))
            return false;
    }
    return judge_blocks(input, at, last) && judge_blocks(input, last, last + 1);
}

#endif
