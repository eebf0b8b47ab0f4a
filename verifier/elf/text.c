// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What of a file is mapped executable, and the patterns in it (A1, A2, A3). Whole pages: the bytes of the
// file that share the first and the last page of an executable PT_LOAD can be executed just as well.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elf-private.h"

// Whether a later PT_LOAD is mapped over the page of PT_LOAD index.
static bool is_overlaid(const struct mpk_elf *elf, size_t index, uint64_t page) {
    for (size_t i = index + 1; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        uint64_t size = load->p_filesz > load->p_memsz ? load->p_filesz : load->p_memsz;
        if (page >= page_down(load->p_vaddr) && page < page_up(load->p_vaddr + size))
            return true;
    }
    return false;
}

// The file pages of an executable PT_LOAD. The tail that ld.so or the kernel zeroes for the bss is not zeroed
// here: zeros are in no pattern, so this finds everything that the zeroed page would show, and more.
static bool scan_load(const struct mpk_elf *elf, size_t index, struct mpk_scan *scan) {
    const Elf64_Phdr *load = &elf->loads[index];
    uint64_t vaddr = page_down(load->p_vaddr);
    uint64_t offset = page_down(load->p_offset);
    uint64_t size = page_up(load->p_filesz + (load->p_vaddr - vaddr));
    if (size > elf->file_size - offset) // the rest of the last page is zeros
        size = elf->file_size - offset;
    for (uint64_t at = 0, end; at < size; at = end) {
        bool hidden = is_overlaid(elf, index, vaddr + at);
        // Neighbouring pages in one go: the scanner is faster on long runs.
        for (end = at + MPK_PAGE; end < size && is_overlaid(elf, index, vaddr + end) == hidden;
             end += MPK_PAGE)
            continue;
        end = end < size ? end : size;
        if (!hidden && !mpk_scan_feed(scan, elf->file + offset + at, end - at, vaddr + at))
            return false;
    }
    return true;
}

static int by_address(const void *left, const void *right) {
    const Elf64_Phdr *a = *(const Elf64_Phdr *const *)left;
    const Elf64_Phdr *b = *(const Elf64_Phdr *const *)right;
    return (a->p_vaddr > b->p_vaddr) - (a->p_vaddr < b->p_vaddr);
}

bool mpk_elf_scan(const struct mpk_elf *elf, struct mpk_scan *scan) {
    const Elf64_Phdr *order[MPK_PHDR_MAX];
    for (size_t i = 0; i < elf->load_count; i++)
        order[i] = &elf->loads[i];
    qsort(order, elf->load_count, sizeof(order[0]), by_address);
    for (size_t i = 0; i < elf->load_count; i++) {
        if ((order[i]->p_flags & PF_X) != 0 && !scan_load(elf, (size_t)(order[i] - elf->loads), scan))
            return false;
    }
    return true;
}

static void copy_expected(const struct mpk_elf *elf, struct mpk_neutral *neutral) {
    const unsigned char *bytes = mpk_elf_at(elf, neutral->vaddr, neutral->size);
    memset(neutral->replacement, 0x90, sizeof(neutral->replacement)); // NOP
    neutral->replacement[0] = 0x0f;                                   // UD2
    neutral->replacement[1] = 0x0b;
    if (bytes != NULL)
        memcpy(neutral->expected, bytes, neutral->size);
}

// mov $imm32,%eax; xor %edx,%edx; xrstor disp8(%rsp): the mask is a constant, so only a jump into the middle
// could load PKRU with it, and ld.so runs it in lazy binding alone.
static bool is_resolver(const struct mpk_elf *elf, uint64_t vaddr) {
    const unsigned char *bytes = vaddr >= 7 ? mpk_elf_at(elf, vaddr - 7, 12) : NULL;
    return bytes != NULL && bytes[0] == 0xb8 && bytes[5] == 0x31 && bytes[6] == 0xd2 && bytes[9] == 0x6c &&
           bytes[10] == 0x24;
}

struct neutralise {
    const struct mpk_elf *elf;
    bool is_ld_so;
    bool has_pkey_set;
    struct mpk_symbol pkey_set;
    struct mpk_neutral *out;
    size_t max;
    size_t count;
};

static bool neutralise_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct neutralise *state = context;
    struct mpk_neutral neutral = {.pattern = pattern, .vaddr = address};
    if (pattern == MPK_PATTERN_WRPKRU && state->has_pkey_set && address >= state->pkey_set.vaddr &&
        address - state->pkey_set.vaddr < state->pkey_set.size) {
        neutral.what = "pkey_set";
        neutral.size = 3;
    } else if (pattern == MPK_PATTERN_XRSTOR && state->is_ld_so && is_resolver(state->elf, address)) {
        neutral.what = "lazy-binding resolver";
        neutral.size = 5;
    } else {
        return true;
    }
    if (!mpk_elf_offset(state->elf, address, &neutral.offset))
        return true;
    copy_expected(state->elf, &neutral);
    if (state->count < state->max)
        state->out[state->count] = neutral;
    state->count++;
    return true;
}

size_t mpk_elf_neutralisable(const struct mpk_elf *elf, struct mpk_neutral *neutral, size_t max) {
    const char *soname = mpk_elf_dynamic_string(elf, DT_SONAME, 0);
    struct neutralise state = {.elf = elf, .out = neutral, .max = max};
    if (soname == NULL)
        return 0;
    state.is_ld_so = strcmp(soname, "ld-linux-x86-64.so.2") == 0;
    if (strcmp(soname, "libc.so.6") == 0)
        state.has_pkey_set = mpk_elf_symbol(elf, "pkey_set", &state.pkey_set);
    if (!state.is_ld_so && !state.has_pkey_set)
        return 0;
    struct mpk_scan scan;
    mpk_scan_begin(&scan, neutralise_hit, &state);
    mpk_elf_scan(elf, &scan);
    return state.count;
}

#define NEUTRAL_MAX 32 // of one library

struct hits {
    struct mpk_judge *judge;
    struct mpk_neutral neutral[NEUTRAL_MAX];
    size_t neutral_count;
};

static bool report_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct hits *hits = context;
    for (size_t i = 0; i < hits->neutral_count; i++) {
        if (hits->neutral[i].vaddr == address)
            return true;
    }
    unsigned char bytes[4] = {0};
    uint64_t offset;
    size_t size;
    const unsigned char *file = mpk_elf_file(hits->judge->elf, &size);
    if (mpk_elf_offset(hits->judge->elf, address, &offset))
        memcpy(bytes, file + offset, size - offset < 4 ? size - offset : 4);
    bool rex2 = pattern == MPK_PATTERN_WRPKRU && bytes[0] == 0xd5;
    if (pattern == MPK_PATTERN_XRSTOR)
        mpk_find(hits->judge, MPK_RULE_XRSTOR, address, 3, "XRSTOR (%02x %02x %02x) in an executable page",
                 bytes[0], bytes[1], bytes[2]);
    else if (rex2)
        mpk_find(hits->judge, MPK_RULE_WRPKRU, address, 4,
                 "WRPKRU (%02x %02x %02x %02x, with REX2) in an executable page", bytes[0], bytes[1],
                 bytes[2], bytes[3]);
    else
        mpk_find(hits->judge, MPK_RULE_WRPKRU, address, 3, "WRPKRU (0f 01 ef) in an executable page");
    return true;
}

void mpk_check_text(struct mpk_judge *judge) {
    struct hits hits = {.judge = judge};
    enum mpk_kind kind = judge->policy->kind;
    if (kind == MPK_KIND_SYSTEM || kind == MPK_KIND_LD_SO) {
        size_t count = mpk_elf_neutralisable(judge->elf, hits.neutral, NEUTRAL_MAX);
        hits.neutral_count = count < NEUTRAL_MAX ? count : NEUTRAL_MAX;
    }
    struct mpk_scan scan;
    mpk_scan_begin(&scan, report_hit, &hits);
    mpk_elf_scan(judge->elf, &scan);
}
