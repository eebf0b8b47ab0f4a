// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What else than code lies in the pages that are mapped executable: the bytes of sections that are not code,
// and bytes of no section that are no padding.

#include <inttypes.h>
#include <stdlib.h>

#include "elf-private.h"

// A section's part of the file.
struct part {
    uint64_t start; // file offsets
    uint64_t end;
    bool code;
    size_t index; // of its header
};

struct data {
    uint64_t bytes;
    uint64_t first;       // file offset of the first of them
    const char *first_in; // what they belong to
};

static void add_data(struct data *data, uint64_t offset, uint64_t bytes, const char *belongs_to) {
    if (data->bytes == 0) {
        data->first = offset;
        data->first_in = belongs_to;
    }
    data->bytes += bytes;
}

// Linkers fill up with zeros, INT3 or NOP.
static bool is_padding(unsigned char byte) {
    return byte == 0 || byte == 0xcc || byte == 0x90;
}

static void add_gap(struct data *data, const struct mpk_elf *elf, uint64_t start, uint64_t end) {
    for (uint64_t at = start; at < end; at++) {
        if (!is_padding(elf->file[at]))
            add_data(data, at, 1, at < sizeof(Elf64_Ehdr) ? "the ELF header" : "no section");
    }
}

static int by_start(const void *left, const void *right) {
    const struct part *a = left;
    const struct part *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

// The sections that take up room in the file, by offset: *count of them, allocated. NULL if memory is out.
static struct part *find_parts(const struct mpk_elf *elf, const struct mpk_sections *sections,
                               size_t *count) {
    struct part *parts = calloc(sections->count + 1, sizeof(*parts));
    *count = 0;
    for (size_t i = 1; parts != NULL && i < sections->count; i++) {
        Elf64_Shdr section = mpk_sections_get(sections, i);
        if (!mpk_section_is_in_file(elf, &section) || section.sh_size == 0)
            continue;
        parts[(*count)++] = (struct part){.start = section.sh_offset,
                                          .end = section.sh_offset + section.sh_size,
                                          .code = (section.sh_flags & SHF_EXECINSTR) != 0,
                                          .index = i};
    }
    if (parts != NULL)
        qsort(parts, *count, sizeof(*parts), by_start);
    return parts;
}

static void add_file_range(struct data *data, const struct mpk_elf *elf, const struct mpk_sections *sections,
                           const struct part *parts, size_t count, uint64_t at, uint64_t end) {
    for (size_t i = 0; i < count && at < end; i++) {
        if (parts[i].end <= at)
            continue;
        uint64_t start = parts[i].start < end ? parts[i].start : end;
        uint64_t stop = parts[i].end < end ? parts[i].end : end;
        if (start > at) {
            add_gap(data, elf, at, start);
            at = start;
        }
        if (!parts[i].code && stop > at) {
            Elf64_Shdr section = mpk_sections_get(sections, parts[i].index);
            add_data(data, at, stop - at, mpk_section_name(sections, &section));
        }
        if (stop > at)
            at = stop;
    }
    add_gap(data, elf, at, end);
}

// Without section headers nobody says what of the segment is data: only the rest of its pages is looked at.
static void add_rest_of_pages(struct data *data, const struct mpk_elf *elf, const Elf64_Phdr *load,
                              uint64_t start, uint64_t end) {
    uint64_t file_end = load->p_offset + load->p_filesz;
    add_gap(data, elf, start, load->p_offset);
    add_gap(data, elf, file_end < end ? file_end : end, end);
}

static void check_load(struct mpk_judge *judge, size_t index, const struct mpk_sections *sections,
                       const struct part *parts, size_t count) {
    const struct mpk_elf *elf = judge->elf;
    const Elf64_Phdr *load = &elf->loads[index];
    if ((load->p_flags & PF_X) == 0 || load->p_filesz == 0)
        return;
    uint64_t start = page_down(load->p_offset);
    uint64_t end = page_up(load->p_offset + load->p_filesz);
    if (end > elf->file_size)
        end = elf->file_size;
    struct data data = {0};
    if (sections->count > 0)
        add_file_range(&data, elf, sections, parts, count, start, end);
    else
        add_rest_of_pages(&data, elf, load, start, end);
    if (data.bytes > 0)
        mpk_find_in_file(judge, MPK_RULE_SHARED_PAGE, data.first,
                         "the pages of PT_LOAD %zu, which are executable, hold %" PRIu64
                         " bytes that are not code; the first belong to %.60s",
                         index, data.bytes, data.first_in);
}

void mpk_check_pages(struct mpk_judge *judge) {
    struct mpk_sections sections;
    if (!mpk_sections_read(judge->elf, &sections))
        sections = (struct mpk_sections){0};
    size_t count;
    struct part *parts = find_parts(judge->elf, &sections, &count);
    if (parts == NULL) {
        judge->no_memory = true;
        return;
    }
    for (size_t i = 0; i < judge->elf->load_count; i++)
        check_load(judge, i, &sections, parts, count);
    free(parts);
}
