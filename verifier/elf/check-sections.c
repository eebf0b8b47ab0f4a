// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether the section headers, by which people and tools look at a file, show what the program headers map.
// A file without any claims nothing.

#include <inttypes.h>

#include "elf-private.h"

// What is wrong with a section that says that it is in memory, or NULL.
static const char *lie_of(const struct mpk_elf *elf, const Elf64_Shdr *section) {
    if ((section->sh_flags & SHF_ALLOC) == 0 || section->sh_type == SHT_NOBITS ||
        section->sh_type == SHT_NULL || section->sh_size == 0)
        return NULL;
    const unsigned char *bytes = mpk_elf_at(elf, section->sh_addr, section->sh_size);
    if (bytes == NULL || (uint64_t)(bytes - elf->file) != section->sh_offset)
        return "is not what the program headers map there";
    const Elf64_Phdr *load = mpk_elf_load_of(elf, section->sh_addr, section->sh_size);
    if ((section->sh_flags & SHF_EXECINSTR) != 0 && (load == NULL || (load->p_flags & PF_X) == 0))
        return "says that it is code, but is not mapped executable";
    return NULL;
}

void mpk_check_sections(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    struct mpk_sections sections;
    if (!mpk_sections_read(elf, &sections)) {
        mpk_find_in_file(judge, MPK_RULE_SECTION_HEADERS, offsetof(Elf64_Ehdr, e_shoff),
                         "the section header table (offset %#" PRIx64
                         ", %u entries of %u bytes) does not lie in "
                         "the file, or its entries are of the wrong size",
                         elf->header.e_shoff, elf->header.e_shnum, elf->header.e_shentsize);
        return;
    }
    const char *first_lie = NULL;
    size_t first = 0;
    size_t lies = 0;
    for (size_t i = 1; i < sections.count; i++) {
        Elf64_Shdr section = mpk_sections_get(&sections, i);
        const char *lie = lie_of(elf, &section);
        if (lie != NULL && lies++ == 0) {
            first_lie = lie;
            first = i;
        }
    }
    if (lies == 0)
        return;
    Elf64_Shdr section = mpk_sections_get(&sections, first);
    mpk_find_in_file(judge, MPK_RULE_SECTION_HEADERS, elf->header.e_shoff + first * sizeof(section),
                     "section %.60s (address %#" PRIx64 ", offset %#" PRIx64 ", %#" PRIx64
                     " bytes) %s; sections of that kind: %zu",
                     mpk_section_name(&sections, &section), section.sh_addr, section.sh_offset,
                     section.sh_size, first_lie, lies);
}
