// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sections and symbols of a file, by libelf. See explain-private.h.

#include <gelf.h>
#include <stdlib.h>
#include <unistd.h>

#include "explain-private.h"

// Space for one more element; the child ends when the memory does, and what it has found by then counts.
static void *grow(void *array, size_t count, size_t size) {
    if (count < 64 ? count != 0 : (count & (count - 1)) != 0)
        return array;
    void *grown = reallocarray(array, count < 64 ? 64 : 2 * count, size);
    if (grown == NULL)
        _exit(1);
    return grown;
}

static void collect_sections(struct landmarks *marks) {
    size_t names;
    Elf_Scn *section = NULL;
    if (elf_getshdrstrndx(marks->libelf, &names) != 0)
        return;
    while ((section = elf_nextscn(marks->libelf, section)) != NULL) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == NULL || header.sh_type == SHT_NOBITS ||
            header.sh_type == SHT_NULL || header.sh_size == 0)
            continue;
        bool is_mapped = (header.sh_flags & SHF_ALLOC) != 0;
        marks->sections = grow(marks->sections, marks->section_count, sizeof(marks->sections[0]));
        marks->sections[marks->section_count++] = (struct place_section){
            .name = elf_strptr(marks->libelf, names, header.sh_name),
            .place = marks->is_unlinked || !is_mapped ? header.sh_offset : header.sh_addr,
            .offset = header.sh_offset,
            .size = header.sh_size,
            .index = elf_ndxscn(section),
            .is_mapped = is_mapped,
            .is_code = (is_mapped || marks->is_unlinked) && (header.sh_flags & SHF_EXECINSTR) != 0};
    }
}

bool mpk_landmarks_open(struct landmarks *marks, const struct mpk_elf *elf) {
    size_t size;
    // libelf wants a pointer to non-const, but opened for reading it writes nothing there.
    char *image = (char *)(uintptr_t)mpk_elf_file(elf, &size);
    *marks = (struct landmarks){.elf = elf, .is_unlinked = mpk_elf_type(elf) == ET_REL};
    if (elf_version(EV_CURRENT) == EV_NONE)
        return false;
    marks->libelf = elf_memory(image, size);
    if (marks->libelf == NULL)
        return false;
    collect_sections(marks);
    return true;
}

void mpk_landmarks_add_symbol(struct landmarks *marks, const struct place_symbol *symbol) {
    marks->symbols = grow(marks->symbols, marks->symbol_count, sizeof(marks->symbols[0]));
    marks->symbols[marks->symbol_count++] = *symbol;
}

static const struct place_section *section_of_index(const struct landmarks *marks, size_t index) {
    for (size_t i = 0; i < marks->section_count; i++) {
        if (marks->sections[i].index == index)
            return &marks->sections[i];
    }
    return NULL;
}

static void add_symbol(struct landmarks *marks, const GElf_Sym *symbol, const char *name) {
    unsigned char type = GELF_ST_TYPE(symbol->st_info);
    struct place_symbol found = {name, symbol->st_value, symbol->st_size,
                                 type == STT_GNU_IFUNC ? STT_FUNC : type};
    if (symbol->st_shndx == SHN_UNDEF || name == NULL || name[0] == '\0' ||
        (found.type != STT_FUNC && found.type != STT_OBJECT && found.type != STT_NOTYPE))
        return;
    if (marks->is_unlinked) {
        const struct place_section *section = section_of_index(marks, symbol->st_shndx);
        if (section == NULL)
            return;
        found.place += section->place;
    }
    mpk_landmarks_add_symbol(marks, &found);
}

static void collect_symbols(struct landmarks *marks) {
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(marks->libelf, section)) != NULL) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == NULL ||
            (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) || header.sh_entsize == 0)
            continue;
        Elf_Data *data = elf_getdata(section, NULL);
        size_t count = data != NULL ? data->d_size / header.sh_entsize : 0;
        GElf_Sym symbol;
        for (size_t i = 1; i < count && gelf_getsym(data, (int)i, &symbol) != NULL; i++)
            add_symbol(marks, &symbol, elf_strptr(marks->libelf, header.sh_link, symbol.st_name));
    }
}

void mpk_landmarks_collect(struct landmarks *marks) {
    collect_symbols(marks);
    mpk_frames_collect(marks);
}

const struct place_section *mpk_section_at(const struct landmarks *marks, uint64_t place) {
    for (size_t i = 0; i < marks->section_count; i++) {
        const struct place_section *section = &marks->sections[i];
        if (section->is_mapped && place >= section->place && place - section->place < section->size)
            return section;
    }
    return NULL;
}

const struct place_section *mpk_section_at_offset(const struct landmarks *marks, uint64_t offset) {
    for (size_t i = 0; i < marks->section_count; i++) {
        const struct place_section *section = &marks->sections[i];
        if (offset >= section->offset && offset - section->offset < section->size)
            return section;
    }
    return NULL;
}

bool mpk_symbol_covers(const struct place_symbol *symbol, uint64_t place) {
    return place >= symbol->place && place - symbol->place < symbol->size;
}

static unsigned rank(const struct place_symbol *symbol, uint64_t place) {
    if (!mpk_symbol_covers(symbol, place))
        return 0;
    return symbol->type == STT_FUNC ? 3 : symbol->type == STT_OBJECT ? 2 : 1;
}

struct place_symbol mpk_symbol_at(const struct landmarks *marks, const struct place_section *section,
                                  uint64_t place) {
    const struct place_symbol *best = NULL;
    for (size_t i = 0; i < marks->symbol_count; i++) {
        const struct place_symbol *symbol = &marks->symbols[i];
        if (symbol->place > place || (section != NULL && symbol->place < section->place))
            continue;
        unsigned mine = rank(symbol, place);
        unsigned other = best != NULL ? rank(best, place) : 0;
        if (best == NULL || mine > other || (mine == other && symbol->place > best->place))
            best = symbol;
    }
    return best != NULL ? *best : (struct place_symbol){.name = NULL};
}
