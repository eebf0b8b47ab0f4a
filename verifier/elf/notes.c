// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ELF notes that MPKGate leaves (llvm-pass/include/mpkgate-abi.h), found by PT_NOTE: what strip takes
// away is not needed.

#include <string.h>

#include "elf-private.h"
#include "mpkgate-abi.h"

static uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

// One note at the start of size bytes. Returns its own size, or 0 if it is not wholly there.
static uint64_t visit_one(const unsigned char *bytes, uint64_t size, uint64_t vaddr, uint64_t alignment,
                          mpk_note_visit visit, void *context) {
    Elf64_Nhdr header;
    if (size < sizeof(header))
        return 0;
    memcpy(&header, bytes, sizeof(header));
    // 32-bit sizes: the sums do not wrap.
    uint64_t descriptor = align_up(sizeof(header) + (uint64_t)header.n_namesz, alignment);
    uint64_t end = descriptor + header.n_descsz;
    if (end > size)
        return 0;
    if (header.n_namesz == sizeof(MPKGATE_NOTE_NAME) &&
        memcmp(bytes + sizeof(header), MPKGATE_NOTE_NAME, sizeof(MPKGATE_NOTE_NAME)) == 0) {
        struct mpk_note note = {.type = header.n_type,
                                .vaddr = vaddr + descriptor,
                                .descriptor = bytes + descriptor,
                                .size = header.n_descsz};
        visit(context, &note);
    }
    uint64_t next = align_up(end, alignment);
    return next < size ? next : size;
}

void mpk_elf_each_note(const struct mpk_elf *elf, mpk_note_visit visit, void *context) {
    for (size_t n = 0;; n++) {
        const Elf64_Phdr *phdr = mpk_elf_phdr(elf, PT_NOTE, n);
        if (phdr == NULL)
            return;
        const unsigned char *bytes = mpk_elf_at(elf, phdr->p_vaddr, phdr->p_filesz);
        uint64_t step = bytes != NULL ? 1 : 0;
        for (uint64_t at = 0; step > 0 && at < phdr->p_filesz; at += step)
            step = visit_one(bytes + at, phdr->p_filesz - at, phdr->p_vaddr + at, phdr->p_align == 8 ? 8 : 4,
                             visit, context);
    }
}
