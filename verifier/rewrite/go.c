// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Programs in Go have no unwind tables: their runtime unwinds by a table of its own, .gopclntab, which names
// every function, in stripped files too (Go's src/internal/abi/symtab.go and src/debug/gosym/pclntab.go, the
// forms of Go 1.18 and of 1.20 and later).

#include <stdlib.h>
#include <string.h>

#include "rewrite-private.h"

#define MAGIC_1_18 0xfffffff0u
#define MAGIC_1_20 0xfffffff1u

// The table's header, for pointers of eight bytes.
struct header {
    uint32_t magic;
    uint8_t zero[2];
    uint8_t quantum;
    uint8_t pointer_size;
    uint64_t function_count;
    uint64_t file_count;
    uint64_t text_start;
    uint64_t offsets[4]; // of names, units, files, line tables
    uint64_t functions;  // offset of function_count pairs and the end of the last function
};

static bool find_table(const struct rewrite *rw, struct mpk_section *table, struct header *header) {
    if ((!mpk_elf_section(rw->elf, ".gopclntab", table) &&
         !mpk_elf_section(rw->elf, ".data.rel.ro.gopclntab", table)) ||
        table->size < sizeof(*header))
        return false;
    memcpy(header, table->bytes, sizeof(*header));
    uint64_t room = header->functions < table->size ? (table->size - header->functions) / 8 : 0;
    return (header->magic == MAGIC_1_18 || header->magic == MAGIC_1_20) && header->pointer_size == 8 &&
           header->text_start != 0 && header->function_count > 0 && header->function_count < room;
}

// Where a function begins: the first half of its pair, from the start of all code.
static uint64_t start_of(const struct mpk_section *table, const struct header *header, uint64_t index) {
    uint32_t start;
    memcpy(&start, table->bytes + header->functions + 8 * index, sizeof(start));
    return header->text_start + start;
}

static int by_start(const void *left, const void *right) {
    const struct place_frame *a = left;
    const struct place_frame *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

bool rewrite_find_go(struct rewrite *rw) {
    struct mpk_section table;
    struct header header;
    struct landmarks *marks = &rw->marks;
    if (!find_table(rw, &table, &header))
        return true;
    rw->has_small_stacks = true;
    struct place_frame *frames =
        reallocarray(marks->frames, marks->frame_count + header.function_count, sizeof(frames[0]));
    if (frames == NULL)
        return false;
    marks->frames = frames;
    size_t count =
        marks->frame_count; // mpk_frame_at wants them in order, so it sees those of .eh_frame alone
    for (uint64_t i = 0; i < header.function_count; i++) {
        struct place_frame frame = {start_of(&table, &header, i), start_of(&table, &header, i + 1)};
        if (frame.start < frame.end && mpk_frame_at(marks, frame.start) == NULL)
            frames[count++] = frame;
    }
    marks->frame_count = count;
    qsort(frames, marks->frame_count, sizeof(frames[0]), by_start);
    return true;
}
