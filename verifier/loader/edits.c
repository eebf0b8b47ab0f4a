// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See edits.h. The block: the header, the edits in ascending order, each followed by the old bytes and the
// new ones, and what comes behind the old file's end.
#include "edits.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "MPKEDIT";
// To be raised whenever the rewriter makes anything else of a file than before: older blocks are then made
// anew.
#define VERSION 1u
// Two places that are nearer to each other are one edit.
#define APART sizeof(struct edit)

struct header {
    char magic[8];
    uint32_t version;
    uint32_t count; // of edits
    uint64_t old_size;
    uint64_t made_size;
};

struct edit {
    uint64_t offset;
    uint64_t size; // bytes, old and new
};

// --- Making ------------------------------------------------------------------------------------------------

static void *put(unsigned char *to, const void *bytes, size_t size) {
    memcpy(to, bytes, size);
    return to + size;
}

// The next run of bytes that differ, from *at on; its end in *end. False if there is none.
static bool next_run(const unsigned char *old, const unsigned char *made, size_t size, size_t *at,
                     size_t *end) {
    enum { STEP = 4096 };
    while (size - *at >= STEP && memcmp(old + *at, made + *at, STEP) == 0)
        *at += STEP;
    while (*at < size && old[*at] == made[*at])
        (*at)++;
    *end = *at;
    for (size_t i = *at; i < size && i - *end < APART; i++)
        if (old[i] != made[i])
            *end = i + 1;
    return *at < size;
}

bool edits_make(struct edits *edits, const unsigned char *old, size_t old_size, const unsigned char *made,
                size_t made_size) {
    struct header header = {.version = VERSION, .old_size = old_size, .made_size = made_size};
    size_t size = sizeof(header) + (made_size - old_size);
    memcpy(header.magic, magic, sizeof(magic));
    for (size_t at = 0, end; next_run(old, made, old_size, &at, &end); at = end, header.count++)
        size += sizeof(struct edit) + 2 * (end - at);
    edits->size = size;
    edits->bytes = malloc(size);
    if (edits->bytes == NULL)
        return false;
    unsigned char *to = edits->bytes + sizeof(header);
    for (size_t at = 0, end; next_run(old, made, old_size, &at, &end); at = end) {
        const struct edit edit = {.offset = at, .size = end - at};
        to = put(to, &edit, sizeof(edit));
        to = put(to, old + at, end - at);
        to = put(to, made + at, end - at);
    }
    put(to, made + old_size, made_size - old_size);
    memcpy(edits->bytes, &header, sizeof(header));
    return true;
}

// --- Applying ----------------------------------------------------------------------------------------------

static bool read_header(const struct edits *edits, size_t old_size, struct header *header) {
    if (edits->size < sizeof(*header))
        return false;
    memcpy(header, edits->bytes, sizeof(*header));
    return memcmp(header->magic, magic, sizeof(magic)) == 0 && header->version == VERSION &&
           header->old_size == old_size && header->made_size >= old_size &&
           header->made_size - old_size <= edits->size;
}

size_t edits_made_size(const struct edits *edits, size_t old_size) {
    struct header header;
    return read_header(edits, old_size, &header) ? header.made_size : 0;
}

bool edits_apply(const struct edits *edits, const unsigned char *old, size_t old_size, unsigned char *made) {
    struct header header;
    if (!read_header(edits, old_size, &header))
        return false;
    const unsigned char *from = edits->bytes + sizeof(header);
    size_t left = edits->size - sizeof(header);
    memcpy(made, old, old_size);
    for (uint32_t i = 0; i < header.count; i++) {
        struct edit edit;
        if (left < sizeof(edit))
            return false;
        memcpy(&edit, from, sizeof(edit));
        left -= sizeof(edit);
        from += sizeof(edit);
        if (edit.size > left / 2 || edit.offset > old_size || edit.size > old_size - edit.offset ||
            memcmp(made + edit.offset, from, edit.size) != 0)
            return false;
        memcpy(made + edit.offset, from + edit.size, edit.size);
        left -= 2 * edit.size;
        from += 2 * edit.size;
    }
    if (left != header.made_size - old_size)
        return false;
    memcpy(made + old_size, from, left);
    return true;
}
