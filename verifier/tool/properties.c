// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What an object says of itself, for surveys.

#include "properties.h"

static bool has_segment(const struct mpk_elf *elf, uint32_t type, uint32_t *flags) {
    size_t count;
    const Elf64_Phdr *phdrs = mpk_elf_phdrs(elf, &count);
    for (size_t i = 0; i < count; i++) {
        if (phdrs[i].p_type == type) {
            *flags = phdrs[i].p_flags;
            return true;
        }
    }
    return false;
}

static uint64_t page_up(uint64_t address) {
    return address > UINT64_MAX - (MPK_PAGE - 1) ? UINT64_MAX / MPK_PAGE
                                                 : (address + MPK_PAGE - 1) / MPK_PAGE;
}

// Segments in ascending order are counted without their common pages; others are refused anyway.
static uint64_t executable_pages(const struct mpk_elf *elf) {
    size_t count;
    const Elf64_Phdr *loads = mpk_elf_loads(elf, &count);
    uint64_t pages = 0;
    uint64_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        if ((loads[i].p_flags & PF_X) == 0 || loads[i].p_vaddr > UINT64_MAX - loads[i].p_memsz)
            continue;
        uint64_t start = loads[i].p_vaddr / MPK_PAGE;
        uint64_t end = page_up(loads[i].p_vaddr + loads[i].p_memsz);
        start = start < counted ? counted : start;
        pages += end > start ? end - start : 0;
        counted = end > counted ? end : counted;
    }
    return pages;
}

void properties_of(const struct mpk_elf *elf, struct properties *properties) {
    uint32_t flags;
    bool relro = has_segment(elf, PT_GNU_RELRO, &flags);
    *properties = (struct properties){
        .type = mpk_elf_type(elf),
        .interpreter = mpk_elf_interpreter(elf) != NULL,
        .relro = !relro                  ? RELRO_NONE
                 : mpk_elf_bind_now(elf) ? RELRO_FULL
                                         : RELRO_PARTIAL,
        .nx_stack = has_segment(elf, PT_GNU_STACK, &flags) && (flags & PF_X) == 0,
        .executable_pages = executable_pages(elf),
    };
}
