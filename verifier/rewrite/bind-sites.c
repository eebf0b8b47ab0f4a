// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a program calls a function of another object, or takes its address: by a branch to a stub of the PLT,
// by way of a slot of the GOT, by a relocation in data. A report for people, of the file as it was: nothing
// is changed by it. All code is decoded, from one function's start to the next.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "elf-private.h"

// Of one file. As of patterns: no program that compilers make has more.
#define SITES_MAX 16384u
#define ENDBR64_SIZE 4u

// An address that stands for a function.
struct door {
    uint64_t vaddr;
    struct bound *bound;
};

struct doors {
    struct door *door;
    size_t count;
};

struct search {
    struct rewrite *rw;
    struct bound *bound;
    size_t bound_count;
    struct doors slots; // of the GOT
    struct doors stubs; // of the PLT
    size_t sites;
    bool no_memory;
    bool too_many;
};

static void add_door(struct search *search, struct doors *doors, uint64_t vaddr, struct bound *bound) {
    search->too_many = search->too_many || doors->count >= SITES_MAX;
    if (search->no_memory || search->too_many)
        return;
    struct door *grown = reallocarray(doors->door, doors->count + 1, sizeof(*grown));
    search->no_memory = grown == NULL;
    if (grown == NULL)
        return;
    doors->door = grown;
    doors->door[doors->count++] = (struct door){vaddr, bound};
}

static int by_vaddr(const void *left, const void *right) {
    const struct door *a = left;
    const struct door *b = right;
    return (a->vaddr > b->vaddr) - (a->vaddr < b->vaddr);
}

static void sort_doors(struct doors *doors) {
    if (doors->count > 0)
        qsort(doors->door, doors->count, sizeof(*doors->door), by_vaddr);
}

static struct bound *find_door(const struct doors *doors, uint64_t vaddr) {
    const struct door key = {.vaddr = vaddr};
    const struct door *found =
        doors->count > 0 ? bsearch(&key, doors->door, doors->count, sizeof(key), by_vaddr) : NULL;
    return found != NULL ? found->bound : NULL;
}

// --- A site ------------------------------------------------------------------------------------------------

static struct mpk_rewrite_site *add_site(struct search *search, struct bound *bound, uint64_t vaddr,
                                         const char *what) {
    struct rewrite *rw = search->rw;
    search->too_many = search->too_many || search->sites >= SITES_MAX;
    struct mpk_rewrite_site *site = search->too_many ? NULL : rewrite_add_site(rw);
    search->no_memory = search->no_memory || (site == NULL && !search->too_many);
    if (site == NULL)
        return NULL;
    char name[80] = UNPRINTABLE;
    char library[64] = UNPRINTABLE;
    const struct place_section *section = mpk_section_at(&rw->marks, vaddr);
    struct place_symbol symbol = mpk_symbol_at(&rw->marks, section, vaddr);
    search->sites++;
    bound->sites++;
    site->finding.vaddr = vaddr;
    if (!mpk_elf_offset(rw->elf, vaddr, &site->finding.offset))
        site->finding.offset = MPK_NOWHERE;
    mpk_copy_string(name, sizeof(name), bound->name);
    mpk_copy_string(library, sizeof(library), bound->to);
    snprintf(site->finding.text, sizeof(site->finding.text), "%s %s", what, name);
    if (section != NULL) {
        mpk_copy_string(site->explanation.section, sizeof(site->explanation.section), section->name);
        site->explanation.section_offset = vaddr - section->place;
    }
    if (symbol.name != NULL && mpk_symbol_covers(&symbol, vaddr)) {
        mpk_copy_string(site->explanation.symbol, sizeof(site->explanation.symbol), symbol.name);
        site->explanation.symbol_offset = vaddr - symbol.place;
    }
    mpk_copy_string(site->bound_from, sizeof(site->bound_from), bound->from);
    snprintf(site->bound_to, sizeof(site->bound_to), "gate of %s in %s", name, library);
    rewrite_tell(site, MPK_REWRITE_BOUND, "before: %s; after: %s", site->bound_from, site->bound_to);
    return site;
}

static const char *what_it_does(const struct insn *insn) {
    if (insn->info.mnemonic == ZYDIS_MNEMONIC_CALL)
        return "call of";
    if (insn->info.mnemonic == ZYDIS_MNEMONIC_JMP)
        return "jump to";
    uint64_t target;
    return rewrite_branch(insn, &target) ? "conditional jump to" : "address of";
}

static void add_instruction(struct search *search, struct bound *bound, const unsigned char *bytes,
                            size_t size, uint64_t vaddr) {
    struct insn insn;
    if (!rewrite_decode_bytes(bytes, size, vaddr, &insn))
        return;
    struct mpk_rewrite_site *site = add_site(search, bound, vaddr, what_it_does(&insn));
    if (site == NULL)
        return;
    struct mpk_line *line = &site->explanation.lines[site->explanation.line_count++];
    *line = (struct mpk_line){.vaddr = vaddr, .size = (uint8_t)insn.size, .marked = (uint8_t)insn.size};
    memcpy(line->bytes, insn.bytes, insn.size);
    mpk_format_instruction(&insn.info, insn.operands, line);
    rewrite_show(search->rw, site, vaddr, insn.size);
}

// --- Code --------------------------------------------------------------------------------------------------

// Called for each instruction of a section.
typedef void (*insn_visit)(struct search *search, const ZydisDecodedInstruction *info,
                           const unsigned char *bytes, size_t size, uint64_t vaddr);

// The address of the first function that starts behind another, or no address.
static uint64_t next_start(const struct landmarks *marks, uint64_t vaddr) {
    size_t behind = mpk_frame_behind(marks, vaddr);
    return behind < marks->frame_count ? marks->frames[behind].start : UINT64_MAX;
}

// In step again at the start of each function; what does not decode is passed over by the byte.
static void each_instruction(struct search *search, const struct place_section *section, insn_visit visit) {
    const unsigned char *bytes = mpk_elf_at(search->rw->elf, section->place, section->size);
    ZydisDecoder decoder;
    ZydisDecodedInstruction info;
    uint64_t start = 0;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (uint64_t at = 0; bytes != NULL && at < section->size;) {
        uint64_t vaddr = section->place + at;
        if (vaddr >= start)
            start = next_start(&search->rw->marks, vaddr);
        uint64_t step = 1;
        if (ZYAN_SUCCESS(
                ZydisDecoderDecodeInstruction(&decoder, NULL, bytes + at, section->size - at, &info))) {
            step = info.length;
            visit(search, &info, bytes + at, section->size - at, vaddr);
        }
        at += vaddr < start && step > start - vaddr ? start - vaddr : step;
    }
}

static bool names_slot(const ZydisDecodedInstruction *info, uint64_t vaddr, uint64_t *slot) {
    if ((info->attributes & ZYDIS_ATTRIB_HAS_MODRM) == 0 || info->raw.modrm.mod != 0 ||
        info->raw.modrm.rm != 5 || info->address_width != 64)
        return false;
    *slot = vaddr + info->length + (uint64_t)info->raw.disp.value;
    return true;
}

static void visit_stub(struct search *search, const ZydisDecodedInstruction *info, const unsigned char *bytes,
                       size_t size, uint64_t vaddr) {
    static const unsigned char endbr64[ENDBR64_SIZE] = {0xf3, 0x0f, 0x1e, 0xfa};
    uint64_t slot;
    (void)bytes;
    (void)size;
    struct bound *bound = info->mnemonic == ZYDIS_MNEMONIC_JMP && names_slot(info, vaddr, &slot)
                              ? find_door(&search->slots, slot)
                              : NULL;
    if (bound == NULL)
        return;
    add_door(search, &search->stubs, vaddr, bound);
    const unsigned char *before = mpk_elf_at(search->rw->elf, vaddr - ENDBR64_SIZE, ENDBR64_SIZE);
    if (before != NULL && memcmp(before, endbr64, ENDBR64_SIZE) == 0)
        add_door(search, &search->stubs, vaddr - ENDBR64_SIZE, bound);
}

static void visit_code(struct search *search, const ZydisDecodedInstruction *info, const unsigned char *bytes,
                       size_t size, uint64_t vaddr) {
    struct bound *bound = NULL;
    uint64_t place;
    if (info->raw.imm[0].size != 0 && info->raw.imm[0].is_relative) {
        bound = find_door(&search->stubs, vaddr + info->length + (uint64_t)info->raw.imm[0].value.s);
    } else if (names_slot(info, vaddr, &place)) {
        bound = find_door(&search->slots, place);
        // lea stub(%rip)
        if (bound == NULL && info->mnemonic == ZYDIS_MNEMONIC_LEA)
            bound = find_door(&search->stubs, place);
    }
    if (bound != NULL)
        add_instruction(search, bound, bytes, size, vaddr);
}

static bool is_plt(const struct place_section *section) {
    return section->is_code && section->name != NULL && strncmp(section->name, ".plt", 4) == 0;
}

static void sweep(struct search *search, bool plt, insn_visit visit) {
    const struct landmarks *marks = &search->rw->marks;
    for (size_t i = 0; i < marks->section_count; i++) {
        if (marks->sections[i].is_code && is_plt(&marks->sections[i]) == plt)
            each_instruction(search, &marks->sections[i], visit);
    }
}

// --- Relocations -------------------------------------------------------------------------------------------

static int by_symbol(const void *left, const void *right) {
    const struct bound *a = left;
    const struct bound *b = right;
    return (a->symbol > b->symbol) - (a->symbol < b->symbol);
}

static struct bound *find_symbol(const struct search *search, uint64_t symbol) {
    const struct bound key = {.symbol = symbol};
    return search->bound_count > 0 ? bsearch(&key, search->bound, search->bound_count, sizeof(key), by_symbol)
                                   : NULL;
}

static void visit_slot(void *context, const Elf64_Rela *rela, uint64_t vaddr) {
    struct search *search = context;
    uint64_t type = ELF64_R_TYPE(rela->r_info);
    (void)vaddr;
    if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_64)
        return;
    struct bound *bound = find_symbol(search, ELF64_R_SYM(rela->r_info));
    if (bound != NULL && type != R_X86_64_64)
        add_door(search, &search->slots, rela->r_offset, bound);
    else if (bound != NULL)
        (void)add_site(search, bound, rela->r_offset, "address, in data, of");
}

// A function that nothing calls as far as the file tells is bound all the same.
static void tell_rest(struct search *search) {
    for (size_t i = 0; i < search->bound_count; i++) {
        if (search->bound[i].sites == 0)
            (void)add_site(search, &search->bound[i], search->bound[i].entry, "symbol");
    }
}

const char *bind_find_sites(struct rewrite *rw, struct bound *bound, size_t count) {
    struct search search = {.rw = rw, .bound = bound, .bound_count = count};
    mpk_elf_each_rela(rw->elf, visit_slot, &search);
    sort_doors(&search.slots);
    sweep(&search, true, visit_stub);
    sort_doors(&search.stubs);
    sweep(&search, false, visit_code);
    tell_rest(&search);
    rw->result->bound = search.sites;
    free(search.slots.door);
    free(search.stubs.door);
    if (search.too_many)
        return "has more calls of the client libraries than any program that compilers make";
    return search.no_memory ? "does not fit into memory" : NULL;
}
