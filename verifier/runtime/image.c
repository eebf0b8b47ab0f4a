// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The loader of the vault image (vault-abi.h): PT_LOADs, R_X86_64_RELATIVE, RELRO, pkey V. The image lies in
// the launch plan and is trusted; anything else than what the vault needs is refused, since every further
// feature would be code here.
#include <elf.h>
#include <linux/mman.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

struct image {
    const unsigned char *file;
    uint64_t file_size;
    const Elf64_Phdr *headers;
    unsigned header_count;
    uint64_t size; // of the address range, from vaddr 0
};

static _Noreturn void bad_image(const struct seal *seal, const struct vault *vault, const char *why) {
    refuse(plan_string(seal->plan, vault->plan->name_at), ": not a vault image: ", why, NULL);
}

static struct image open_image(const struct seal *seal, const struct vault *vault) {
    struct image image = {.file = plan_at(seal->plan, vault->plan->image_at),
                          .file_size = vault->plan->image_size};
    const Elf64_Ehdr *elf = (const Elf64_Ehdr *)image.file;
    if (image.file_size < sizeof *elf || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
        elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != EM_X86_64 || elf->e_type != ET_DYN)
        bad_image(seal, vault, "no shared object for x86-64");
    if (elf->e_phentsize != sizeof(Elf64_Phdr) || elf->e_phnum > 32 || elf->e_phoff > image.file_size ||
        elf->e_phnum * sizeof(Elf64_Phdr) > image.file_size - elf->e_phoff || elf->e_phoff % 8 != 0)
        bad_image(seal, vault, "its program headers lie outside the file");
    image.headers = (const Elf64_Phdr *)(image.file + elf->e_phoff);
    image.header_count = elf->e_phnum;
    for (unsigned i = 0; i < image.header_count; i++) {
        const Elf64_Phdr *header = &image.headers[i];
        if (header->p_type == PT_TLS || header->p_type == PT_INTERP)
            bad_image(seal, vault, "it has thread-local storage or an interpreter");
        if (header->p_type != PT_LOAD)
            continue;
        if (header->p_filesz > header->p_memsz || header->p_offset > image.file_size ||
            header->p_filesz > image.file_size - header->p_offset || header->p_memsz > (UINT64_C(1) << 30) ||
            header->p_vaddr > (UINT64_C(1) << 30) || PAGE_DOWN(header->p_vaddr) < image.size ||
            (header->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
            bad_image(seal, vault, "its PT_LOADs overlap, exceed the file, or are writable and executable");
        image.size = PAGE_UP(header->p_vaddr + header->p_memsz);
    }
    if (image.size == 0)
        bad_image(seal, vault, "it has no PT_LOAD");
    return image;
}

// The value of a dynamic tag; 0 if it is not there.
static uint64_t dynamic_value(const struct seal *seal, const struct vault *vault, const struct image *image,
                              int64_t tag) {
    for (unsigned i = 0; i < image->header_count; i++) {
        const Elf64_Phdr *header = &image->headers[i];
        if (header->p_type != PT_DYNAMIC)
            continue;
        if (header->p_vaddr > image->size || header->p_memsz > image->size - header->p_vaddr)
            bad_image(seal, vault, "its dynamic section lies outside");
        const Elf64_Dyn *entry = (const Elf64_Dyn *)(vault->place.image + header->p_vaddr);
        const Elf64_Dyn *end = entry + header->p_memsz / sizeof *entry;
        for (; entry < end && entry->d_tag != DT_NULL; entry++)
            if (entry->d_tag == tag)
                return entry->d_un.d_val;
    }
    return 0;
}

static void relocate(const struct seal *seal, const struct vault *vault, const struct image *image) {
    if (dynamic_value(seal, vault, image, DT_NEEDED) != 0 ||
        dynamic_value(seal, vault, image, DT_PLTRELSZ) != 0 ||
        dynamic_value(seal, vault, image, DT_RELRSZ) != 0 ||
        dynamic_value(seal, vault, image, DT_RELSZ) != 0 ||
        dynamic_value(seal, vault, image, DT_INIT_ARRAYSZ) != 0 ||
        dynamic_value(seal, vault, image, DT_TEXTREL) != 0)
        bad_image(seal, vault,
                  "it needs other libraries, constructors, or relocations other than R_X86_64_RELATIVE");
    uint64_t at = dynamic_value(seal, vault, image, DT_RELA),
             size = dynamic_value(seal, vault, image, DT_RELASZ);
    if (at > image->size || size > image->size - at || size % sizeof(Elf64_Rela) != 0)
        bad_image(seal, vault, "its relocations lie outside");
    const Elf64_Rela *relocation = (const Elf64_Rela *)(vault->place.image + at);
    for (uint64_t i = 0; i < size / sizeof *relocation; i++, relocation++) {
        if (ELF64_R_TYPE(relocation->r_info) != R_X86_64_RELATIVE)
            bad_image(seal, vault, "it has a relocation other than R_X86_64_RELATIVE");
        if (relocation->r_offset > image->size - sizeof(uint64_t))
            bad_image(seal, vault, "a relocation lies outside");
        uint64_t value = vault->place.image + (uint64_t)relocation->r_addend;
        memcpy((void *)(vault->place.image + relocation->r_offset), &value, sizeof value);
    }
}

static void protect(const struct vault *vault, const struct image *image) {
    for (unsigned i = 0; i < image->header_count; i++) {
        const Elf64_Phdr *header = &image->headers[i];
        uint64_t start = vault->place.image + PAGE_DOWN(header->p_vaddr);
        uint64_t end = vault->place.image + PAGE_UP(header->p_vaddr + header->p_memsz);
        int protection = ((header->p_flags & PF_R) != 0 ? PROT_READ : 0) |
                         ((header->p_flags & PF_W) != 0 ? PROT_WRITE : 0) |
                         ((header->p_flags & PF_X) != 0 ? PROT_EXEC : 0);
        if (header->p_type == PT_LOAD && end > start)
            protect_low(start, end - start, protection, MPKGATE_VAULT_PKEY_V((int)vault->number),
                        "the vault image");
    }
    for (unsigned i = 0; i < image->header_count; i++) { // RELRO, as ld.so applies it: whole pages only
        const Elf64_Phdr *header = &image->headers[i];
        uint64_t start = vault->place.image + PAGE_DOWN(header->p_vaddr);
        uint64_t end = vault->place.image + PAGE_DOWN(header->p_vaddr + header->p_memsz);
        if (header->p_type == PT_GNU_RELRO && end > start && end <= vault->place.image + image->size)
            protect_low(start, end - start, PROT_READ, MPKGATE_VAULT_PKEY_V((int)vault->number),
                        "the vault's constants");
    }
}

static bool in_code(const struct vault *vault, const struct image *image, uint64_t address) {
    for (unsigned i = 0; i < image->header_count; i++) {
        const Elf64_Phdr *header = &image->headers[i];
        uint64_t start = vault->place.image + header->p_vaddr;
        if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0 && address >= start &&
            address < start + header->p_filesz)
            return true;
    }
    return false;
}

static void check_header(const struct seal *seal, struct vault *vault, const struct image *image) {
    if (vault->plan->header % 8 != 0 || vault->plan->header > image->size - sizeof(struct mpkgate_vault))
        bad_image(seal, vault, "its header lies outside");
    vault->header = (const struct mpkgate_vault *)(vault->place.image + vault->plan->header);
    if (vault->header->magic != MPKGATE_VAULT_MAGIC || vault->header->version != MPKGATE_VAULT_VERSION ||
        vault->header->abi != MPKGATE_ABI_VERSION)
        bad_image(seal, vault, "its header is of another version: build it with this MPKGate");
    if (!in_code(vault, image, (uint64_t)vault->header->boot) ||
        !in_code(vault, image, (uint64_t)vault->header->enter[0]) ||
        !in_code(vault, image, (uint64_t)vault->header->enter[1]) ||
        !in_code(vault, image, (uint64_t)vault->header->serve[0]) ||
        !in_code(vault, image, (uint64_t)vault->header->serve[1]))
        bad_image(seal, vault, "its header points outside its code");
}

void load_vault(const struct seal *seal, struct vault *vault) {
    struct image image = open_image(seal, vault);
    vault->place.image_size = image.size;
    choose_places(seal, vault);
    for (unsigned i = 0; i < image.header_count; i++) {
        const Elf64_Phdr *header = &image.headers[i];
        uint64_t start = PAGE_DOWN(header->p_vaddr), end = PAGE_UP(header->p_vaddr + header->p_memsz);
        if (header->p_type != PT_LOAD || end == start)
            continue;
        map_low(vault->place.image + start, end - start);
        memcpy((void *)(vault->place.image + header->p_vaddr), image.file + header->p_offset,
               header->p_filesz);
    }
    relocate(seal, vault, &image);
    check_header(seal, vault, &image);
    protect(vault, &image);
}
