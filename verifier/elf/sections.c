// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Section headers: for reports, and for records that mpk-run looks up by section. No rule depends on them.

#include <string.h>

#include "elf-private.h"

static bool section_header(const struct mpk_elf *elf, size_t index, Elf64_Shdr *section) {
    const Elf64_Ehdr *header = &elf->header;
    if (header->e_shentsize != sizeof(*section) || index >= header->e_shnum ||
        header->e_shoff > elf->file_size || (index + 1) * sizeof(*section) > elf->file_size - header->e_shoff)
        return false;
    memcpy(section, elf->file + header->e_shoff + index * sizeof(*section), sizeof(*section));
    return true;
}

static bool is_in_file(const struct mpk_elf *elf, const Elf64_Shdr *section) {
    return section->sh_type != SHT_NOBITS && section->sh_offset <= elf->file_size &&
           section->sh_size <= elf->file_size - section->sh_offset;
}

bool mpk_elf_section(const struct mpk_elf *elf, const char *name, struct mpk_section *found) {
    Elf64_Shdr names;
    Elf64_Shdr section;
    if (!section_header(elf, elf->header.e_shstrndx, &names) || !is_in_file(elf, &names))
        return false;
    const char *strings = (const char *)elf->file + names.sh_offset;
    size_t length = strlen(name) + 1;
    for (size_t i = 1; section_header(elf, i, &section); i++) {
        if (section.sh_name > names.sh_size || length > names.sh_size - section.sh_name ||
            memcmp(strings + section.sh_name, name, length) != 0 || !is_in_file(elf, &section))
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
