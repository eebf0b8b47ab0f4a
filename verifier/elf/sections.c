// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Section headers: for reports, for warnings, and for records that mpk-run looks up by section. No error
// rests on them.

#include <string.h>

#include "elf-private.h"

// The number of entries: e_shnum, or sh_size of entry 0 where it does not fit (gABI, "Sections").
static bool count_sections(const struct mpk_elf *elf, uint64_t *count) {
    const Elf64_Ehdr *header = &elf->header;
    *count = header->e_shnum;
    if (header->e_shoff == 0 && *count == 0)
        return true;
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff > elf->file_size ||
        elf->file_size - header->e_shoff < sizeof(Elf64_Shdr))
        return false;
    if (*count == 0) {
        Elf64_Shdr first;
        memcpy(&first, elf->file + header->e_shoff, sizeof(first));
        *count = first.sh_size;
    }
    return *count <= (elf->file_size - header->e_shoff) / sizeof(Elf64_Shdr);
}

static void find_names(const struct mpk_elf *elf, struct mpk_sections *sections) {
    size_t index = elf->header.e_shstrndx;
    if (index == SHN_XINDEX && sections->count > 0)
        index = mpk_sections_get(sections, 0).sh_link;
    if (index == SHN_UNDEF || index >= sections->count)
        return;
    Elf64_Shdr names = mpk_sections_get(sections, index);
    if (!mpk_section_is_in_file(elf, &names))
        return;
    sections->names = (const char *)elf->file + names.sh_offset;
    sections->names_size = names.sh_size;
}

bool mpk_sections_read(const struct mpk_elf *elf, struct mpk_sections *sections) {
    *sections = (struct mpk_sections){0};
    uint64_t count;
    if (!count_sections(elf, &count))
        return false;
    if (count == 0)
        return true;
    sections->table = elf->file + elf->header.e_shoff;
    sections->count = (size_t)count;
    find_names(elf, sections);
    return true;
}

Elf64_Shdr mpk_sections_get(const struct mpk_sections *sections, size_t index) {
    Elf64_Shdr section;
    memcpy(&section, sections->table + index * sizeof(section), sizeof(section));
    return section;
}

const char *mpk_section_name(const struct mpk_sections *sections, const Elf64_Shdr *section) {
    if (sections->names == NULL || section->sh_name >= sections->names_size ||
        memchr(sections->names + section->sh_name, '\0', sections->names_size - section->sh_name) == NULL)
        return "(no name)";
    return sections->names + section->sh_name;
}

bool mpk_section_is_in_file(const struct mpk_elf *elf, const Elf64_Shdr *section) {
    return section->sh_type != SHT_NULL && section->sh_type != SHT_NOBITS &&
           section->sh_offset <= elf->file_size && section->sh_size <= elf->file_size - section->sh_offset;
}

bool mpk_elf_section(const struct mpk_elf *elf, const char *name, struct mpk_section *found) {
    struct mpk_sections sections;
    if (!mpk_sections_read(elf, &sections))
        return false;
    for (size_t i = 1; i < sections.count; i++) {
        Elf64_Shdr section = mpk_sections_get(&sections, i);
        if (!mpk_section_is_in_file(elf, &section) ||
            strcmp(mpk_section_name(&sections, &section), name) != 0)
            continue;
        *found = (struct mpk_section){.vaddr = section.sh_addr,
                                      .offset = section.sh_offset,
                                      .size = section.sh_size,
                                      .flags = section.sh_flags,
                                      .bytes = elf->file + section.sh_offset};
        return true;
    }
    return false;
}
