// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns in what is mapped executable though it is no code: data among the pages of a segment, and what
// shares the first or the last page with it. No byte that belongs to anything is changed: the program headers
// are.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rewrite-private.h"

static uint64_t page_down(uint64_t value) {
    return value & ~(uint64_t)(MPK_PAGE - 1);
}

static uint64_t page_up(uint64_t value) {
    return page_down(value + (MPK_PAGE - 1));
}

// --- Which pages hold code ---------------------------------------------------------------------------------

// Marks the ends of a range; sum_up makes counts of them.
static void mark(struct page_map *map, uint64_t start, uint64_t end) {
    uint64_t limit = map->start + (uint64_t)map->count * MPK_PAGE;
    start = start > map->start ? start : map->start;
    end = end < limit ? end : limit;
    if (start >= end)
        return;
    map->code[(start - map->start) / MPK_PAGE]++;
    map->code[(end - 1 - map->start) / MPK_PAGE + 1]--;
}

static void sum_up(struct page_map *map) {
    for (size_t i = 1; i < map->count; i++)
        map->code[i] += map->code[i - 1];
}

static void mark_entry(struct rewrite *rw, struct page_map *map) {
    Elf64_Ehdr header;
    memcpy(&header, rw->file, sizeof(header));
    mark(map, header.e_entry, header.e_entry + 1);
    static const int64_t tags[] = {DT_INIT, DT_FINI};
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        uint64_t vaddr;
        if (mpk_elf_dynamic_value(rw->elf, tags[i], &vaddr) && vaddr < UINT64_MAX)
            mark(map, vaddr, vaddr + 1);
    }
}

static void mark_all(struct rewrite *rw, struct page_map *map) {
    const struct landmarks *marks = &rw->marks;
    for (size_t i = 0; i < marks->section_count; i++) {
        const struct place_section *section = &marks->sections[i];
        if (section->is_code && section->place + section->size >= section->place)
            mark(map, section->place, section->place + section->size);
    }
    for (size_t i = 0; i < marks->frame_count; i++)
        mark(map, marks->frames[i].start, marks->frames[i].end);
    for (size_t i = 0; i < marks->symbol_count; i++) {
        const struct place_symbol *symbol = &marks->symbols[i];
        if (symbol->type == STT_FUNC && symbol->place + symbol->size >= symbol->place)
            mark(map, symbol->place, symbol->place + (symbol->size > 0 ? symbol->size : 1));
    }
    mark_entry(rw, map);
    sum_up(map);
}

static struct page_map *map_of(struct rewrite *rw, size_t load) {
    struct page_map *map = &rw->maps[load];
    if (map->code != NULL)
        return map;
    const Elf64_Phdr *phdr = &rw->loads[load];
    map->start = page_down(phdr->p_vaddr);
    map->count = (page_up(phdr->p_vaddr + phdr->p_filesz) - map->start) / MPK_PAGE;
    map->code = calloc(map->count + 1, sizeof(map->code[0]));
    if (map->code == NULL)
        _exit(1); // as the library's landmarks do
    mark_all(rw, map);
    return map;
}

// --- Runs --------------------------------------------------------------------------------------------------

static bool is_in_run(const struct rewrite *rw, uint64_t page) {
    for (size_t i = 0; i < rw->run_count; i++) {
        if (page >= rw->runs[i].start && page < rw->runs[i].end)
            return true;
    }
    return false;
}

static int by_start(const void *left, const void *right) {
    const struct page_run *a = left;
    const struct page_run *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

static void add_run(struct rewrite *rw, const struct page_run *run) {
    rw->runs = reallocarray(rw->runs, rw->run_count + 1, sizeof(rw->runs[0]));
    if (rw->runs == NULL)
        _exit(1);
    rw->runs[rw->run_count++] = *run;
    qsort(rw->runs, rw->run_count, sizeof(rw->runs[0]), by_start);
}

static bool find_load(const struct rewrite *rw, uint64_t page, size_t *load) {
    for (size_t i = 0; i < rw->load_count; i++) {
        const Elf64_Phdr *phdr = &rw->loads[i];
        if ((phdr->p_flags & PF_X) != 0 && page >= page_down(phdr->p_vaddr) &&
            page < page_up(phdr->p_vaddr + phdr->p_filesz)) {
            *load = i;
            return true;
        }
    }
    return false;
}

// The pages around one without code, as far as none of them has any.
static bool drop_page(struct rewrite *rw, struct mpk_rewrite_site *site, uint64_t page) {
    size_t load;
    if (rw->marks.section_count == 0 || !find_load(rw, page, &load) || is_in_run(rw, page))
        return false;
    const struct page_map *map = map_of(rw, load);
    size_t first = (page - map->start) / MPK_PAGE;
    size_t last = first;
    if (map->code[first] != 0)
        return false;
    while (first > 0 && map->code[first - 1] == 0 && !is_in_run(rw, map->start + (first - 1) * MPK_PAGE))
        first--;
    while (last + 1 < map->count && map->code[last + 1] == 0 &&
           !is_in_run(rw, map->start + (last + 1) * MPK_PAGE))
        last++;
    struct page_run run = {
        .load = load, .start = map->start + first * MPK_PAGE, .end = map->start + (last + 1) * MPK_PAGE};
    add_run(rw, &run);
    rewrite_tell(site, MPK_REWRITE_DATA_PAGE,
                 "the pages from 0x%" PRIx64 " to 0x%" PRIx64
                 ", which hold no code, are not executable any more",
                 run.start, run.end);
    return true;
}

// --- Edges -------------------------------------------------------------------------------------------------

static bool is_outside(const Elf64_Phdr *load, uint64_t vaddr) {
    return vaddr < load->p_vaddr || vaddr - load->p_vaddr >= load->p_filesz;
}

bool rewrite_is_at_edge(struct rewrite *rw, const struct mpk_rewrite_site *site) {
    size_t load;
    for (uint64_t i = 0; i < site->finding.size; i++) {
        uint64_t vaddr = site->finding.vaddr + i;
        if (find_load(rw, page_down(vaddr), &load) && is_outside(&rw->loads[load], vaddr))
            return true;
    }
    return false;
}

static bool is_in_headers(const struct rewrite *rw, uint64_t offset) {
    Elf64_Ehdr header;
    memcpy(&header, rw->file, sizeof(header));
    return offset < sizeof(header) ||
           (offset >= header.e_phoff &&
            offset - header.e_phoff < (uint64_t)header.e_phnum * sizeof(Elf64_Phdr)) ||
           (offset >= header.e_shoff &&
            offset - header.e_shoff < (uint64_t)header.e_shnum * sizeof(Elf64_Shdr));
}

// Whether a byte of the file is of no segment, no section and no header.
static bool belongs_to_nothing(const struct rewrite *rw, uint64_t offset) {
    if (rw->marks.section_count == 0 || is_in_headers(rw, offset) ||
        mpk_section_at_offset(&rw->marks, offset) != NULL)
        return false;
    size_t count;
    const Elf64_Phdr *phdr = mpk_elf_phdrs(rw->elf, &count);
    for (size_t i = 0; i < count; i++) {
        if (offset >= phdr[i].p_offset && offset - phdr[i].p_offset < phdr[i].p_filesz)
            return false;
    }
    return true;
}

static bool clear_byte(struct rewrite *rw, struct mpk_rewrite_site *site, const Elf64_Phdr *load,
                       uint64_t vaddr) {
    uint64_t offset = load->p_offset + (vaddr - load->p_vaddr);
    if (offset >= rw->file_size || !belongs_to_nothing(rw, offset))
        return false;
    rw->file[offset] = 0;
    rewrite_tell(site, MPK_REWRITE_PADDING, "those of its bytes that belong to nothing are zeros now");
    return true;
}

static bool copy_page(struct rewrite *rw, struct mpk_rewrite_site *site, size_t load, uint64_t page) {
    if (is_in_run(rw, page))
        return false;
    struct page_run run = {.load = load, .start = page, .end = page + MPK_PAGE, .copy = true};
    add_run(rw, &run);
    rewrite_tell(site, MPK_REWRITE_PAGE_COPY,
                 "the page at 0x%" PRIx64 " is mapped from a copy that has only the segment's own bytes",
                 page);
    return true;
}

static bool change_edge(struct rewrite *rw, struct mpk_rewrite_site *site, bool copy) {
    bool changed = false;
    for (uint64_t i = 0; i < site->finding.size && !(copy && changed); i++) {
        uint64_t vaddr = site->finding.vaddr + i;
        size_t load;
        if (!find_load(rw, page_down(vaddr), &load) || !is_outside(&rw->loads[load], vaddr))
            continue;
        bool done = copy ? copy_page(rw, site, load, page_down(vaddr))
                         : clear_byte(rw, site, &rw->loads[load], vaddr);
        changed = changed || done;
    }
    return changed;
}

// Of one run that was made for another hit: not executable, or without the bytes outside.
static bool is_done(struct rewrite *rw, const struct mpk_rewrite_site *site) {
    for (uint64_t i = 0; i < site->finding.size; i++) {
        uint64_t vaddr = site->finding.vaddr + i;
        for (size_t n = 0; n < rw->run_count; n++) {
            const struct page_run *run = &rw->runs[n];
            if (vaddr >= run->start && vaddr < run->end &&
                (!run->copy || is_outside(&rw->loads[run->load], vaddr)))
                return true;
        }
    }
    return false;
}

void rewrite_page_hit(struct rewrite *rw, struct mpk_rewrite_site *site) {
    uint64_t first = page_down(site->finding.vaddr);
    uint64_t last = page_down(site->finding.vaddr + site->finding.size - 1);
    if (is_done(rw, site)) {
        rewrite_tell(site, MPK_REWRITE_BESIDE, "gone with the change for another one on its page");
        return;
    }
    if (drop_page(rw, site, first) || drop_page(rw, site, last) || change_edge(rw, site, false) ||
        change_edge(rw, site, true))
        return;
    if (rw->marks.section_count == 0)
        rewrite_tell(site, MPK_REWRITE_LEFT, "without section headers, data and code cannot be told apart");
    else
        rewrite_tell(
            site, MPK_REWRITE_LEFT,
            "data, or bytes of no section, on a page that holds code: link with -Wl,-z,separate-code");
}
