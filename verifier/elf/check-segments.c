// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The program headers of a client object: what the kernel and ld.so do with each, and where that could reach
// outside the object (A50, A55).

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "elf-private.h"

#define ADDRESS_END ((uint64_t)1 << 47)  // of user space
#define ALIGN_MAX ((uint64_t)1 << 30)    // of a PT_LOAD: the largest page there is
#define TLS_SIZE_MAX ((uint64_t)1 << 30) // far above any program's, far below a wrap in ld.so's sums
#define TLS_ALIGN_MAX ((uint64_t)1 << 20)

static bool is_power_of_two_or_zero(uint64_t value) {
    return (value & (value - 1)) == 0;
}

static uint64_t phdr_offset(const struct mpk_judge *judge, const Elf64_Phdr *phdr) {
    return judge->elf->header.e_phoff + (uint64_t)(phdr - judge->elf->phdrs) * sizeof(*phdr);
}

// Whether a header's file range is what is mapped, unchangeable, at its address range.
static bool is_truthful_and_read_only(const struct mpk_elf *elf, const Elf64_Phdr *phdr) {
    const unsigned char *bytes = mpk_elf_at(elf, phdr->p_vaddr, phdr->p_filesz);
    const Elf64_Phdr *load = mpk_elf_load_of(elf, phdr->p_vaddr, phdr->p_filesz);
    return bytes != NULL && load != NULL && (load->p_flags & PF_W) == 0 &&
           (uint64_t)(bytes - elf->file) == phdr->p_offset;
}

// Without PT_PHDR ld.so takes the headers of a library from the first PT_LOAD whose pages hold all of them
// (_dl_map_segments).
static void check_headers_are_constant(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    uint64_t end = elf->header.e_phoff + elf->phdr_count * sizeof(Elf64_Phdr);
    for (size_t i = 0; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        if (elf->header.e_phoff < page_down(load->p_offset) || end > page_up(load->p_offset + load->p_filesz))
            continue;
        if ((load->p_flags & PF_W) != 0)
            mpk_find_in_file(judge, MPK_RULE_PROGRAM_HEADERS, elf->header.e_phoff,
                             "the program headers lie in PT_LOAD %zu, which is writable", i);
        return;
    }
}

// ld.so computes main's load address as AT_PHDR minus PT_PHDR's address, so a PT_PHDR that lies moves every
// relocation target; and a library's headers are read again at that address, after relocation too.
static void check_phdr(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    const Elf64_Phdr *phdr = mpk_elf_phdr(elf, PT_PHDR, 0);
    if (phdr == NULL) {
        check_headers_are_constant(judge);
        if (judge->policy->kind == MPK_KIND_MAIN)
            mpk_find_in_file(judge, MPK_RULE_PROGRAM_HEADERS, elf->header.e_phoff,
                             "there is no PT_PHDR: ld.so would take the load address for 0");
        return;
    }
    if (mpk_elf_phdr(elf, PT_PHDR, 1) != NULL)
        mpk_find_in_file(judge, MPK_RULE_PROGRAM_HEADERS, elf->header.e_phoff,
                         "there is more than one PT_PHDR");
    Elf64_Phdr table = *phdr;
    table.p_offset = elf->header.e_phoff;
    table.p_filesz = elf->phdr_count * sizeof(*phdr);
    // Kernels from 5.18 on look for the PT_LOAD that holds the table (the last one, if there are several),
    // older ones take the first PT_LOAD for it. Both must come to PT_PHDR's address.
    bool agrees = is_truthful_and_read_only(elf, &table);
    for (size_t i = 0; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        bool holds = table.p_offset >= load->p_offset && table.p_offset - load->p_offset < load->p_filesz;
        bool asked = holds || (i == 0 && judge->policy->kind == MPK_KIND_MAIN);
        if (asked && load->p_vaddr - load->p_offset != phdr->p_vaddr - table.p_offset)
            agrees = false;
    }
    if (!agrees)
        mpk_find_in_file(judge, MPK_RULE_PROGRAM_HEADERS, phdr_offset(judge, phdr),
                         "PT_PHDR names address %#" PRIx64 ", but the program headers (offset %#" PRIx64
                         ") are not mapped there, or not only there, or writable",
                         phdr->p_vaddr, elf->header.e_phoff);
}

// ld.so names itself by the string at PT_INTERP's *address*: a name that a preloaded file has would make
// ld.so take itself for that file, and leave out the runtime.
static void check_interpreter(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    const char *ld_so = judge->policy->ld_so != NULL ? judge->policy->ld_so : MPK_LD_SO;
    const Elf64_Phdr *phdr = mpk_elf_phdr(elf, PT_INTERP, 0);
    if (phdr == NULL) {
        mpk_find_in_file(judge, MPK_RULE_INTERPRETER, elf->header.e_phoff,
                         "there is no PT_INTERP: the program would run without %s, and unsealed", ld_so);
        return;
    }
    if (mpk_elf_phdr(elf, PT_INTERP, 1) != NULL)
        mpk_find_in_file(judge, MPK_RULE_INTERPRETER, elf->header.e_phoff,
                         "there is more than one PT_INTERP");
    const char *name = mpk_elf_interpreter(elf);
    if (name == NULL || !is_truthful_and_read_only(elf, phdr)) {
        mpk_find_in_file(judge, MPK_RULE_INTERPRETER, phdr_offset(judge, phdr),
                         "PT_INTERP is no string, or its address %#" PRIx64
                         " holds another one than offset %#" PRIx64,
                         phdr->p_vaddr, phdr->p_offset);
        return;
    }
    struct stat expected;
    struct stat named;
    bool same = stat(ld_so, &expected) == 0 && stat(name, &named) == 0 && expected.st_dev == named.st_dev &&
                expected.st_ino == named.st_ino;
    // Another path to the same file, such as /proc/self/fd/3, is refused for the sake of that name.
    if (!same || (strcmp(name, ld_so) != 0 && strcmp(name, MPK_LD_SO) != 0))
        mpk_find_in_file(judge, MPK_RULE_INTERPRETER, phdr->p_offset,
                         "the program interpreter is %.100s, not %.60s", name, ld_so);
}

void mpk_check_headers(struct mpk_judge *judge) {
    if (judge->elf->header.e_type != ET_DYN)
        mpk_find_in_file(judge, MPK_RULE_NOT_PIE, offsetof(Elf64_Ehdr, e_type),
                         "the file is ET_EXEC, made for fixed addresses");
    check_phdr(judge);
    if (judge->policy->kind == MPK_KIND_MAIN)
        check_interpreter(judge);
}

static void check_load(struct mpk_judge *judge, size_t index) {
    const Elf64_Phdr *load = &judge->elf->loads[index];
    if ((load->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
        mpk_find(judge, MPK_RULE_LOAD_FLAGS, load->p_vaddr, 0, "PT_LOAD %zu is writable and executable",
                 index);
    else if (load->p_flags != 0 && (load->p_flags & PF_R) == 0)
        // Executable alone would make the kernel take a protection key for it.
        mpk_find(judge, MPK_RULE_LOAD_FLAGS, load->p_vaddr, 0, "PT_LOAD %zu is not readable (flags %#x)",
                 index, load->p_flags);
    if (load->p_filesz > load->p_memsz)
        mpk_find(judge, MPK_RULE_LOAD_BOUNDS, load->p_vaddr, 0,
                 "PT_LOAD %zu has more bytes in the file (%#" PRIx64 ") than in memory (%#" PRIx64 ")", index,
                 load->p_filesz, load->p_memsz);
    if (load->p_vaddr >= ADDRESS_END || load->p_memsz >= ADDRESS_END - load->p_vaddr)
        mpk_find(judge, MPK_RULE_LOAD_BOUNDS, load->p_vaddr, 0,
                 "PT_LOAD %zu (address %#" PRIx64 ", %#" PRIx64 " bytes) fits into no address space", index,
                 load->p_vaddr, load->p_memsz);
    if (!is_power_of_two_or_zero(load->p_align) || load->p_align > ALIGN_MAX)
        mpk_find(judge, MPK_RULE_LOAD_BOUNDS, load->p_vaddr, 0, "PT_LOAD %zu has the alignment %#" PRIx64,
                 index, load->p_align);
}

void mpk_check_loads(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    for (size_t i = 0; i < elf->load_count; i++) {
        check_load(judge, i);
        if (i == 0)
            continue;
        const Elf64_Phdr *below = &elf->loads[i - 1];
        if (page_down(elf->loads[i].p_vaddr) < page_up(below->p_vaddr + below->p_memsz) ||
            elf->loads[i].p_vaddr < below->p_vaddr)
            mpk_find(judge, MPK_RULE_LOAD_ORDER, elf->loads[i].p_vaddr, 0,
                     "PT_LOAD %zu at %#" PRIx64
                     " does not lie above the pages of PT_LOAD %zu, which end at %#" PRIx64,
                     i, elf->loads[i].p_vaddr, i - 1, page_up(below->p_vaddr + below->p_memsz));
    }
}

static void check_stack(struct mpk_judge *judge) {
    const Elf64_Phdr *stack = mpk_elf_phdr(judge->elf, PT_GNU_STACK, 0);
    if (stack == NULL)
        mpk_find_in_file(judge, MPK_RULE_STACK, judge->elf->header.e_phoff,
                         "there is no PT_GNU_STACK: ld.so would make all stacks executable");
    for (size_t n = 0; (stack = mpk_elf_phdr(judge->elf, PT_GNU_STACK, n)) != NULL; n++) {
        if (stack->p_flags != (PF_R | PF_W) || n > 0)
            mpk_find_in_file(judge, MPK_RULE_STACK, phdr_offset(judge, stack),
                             "PT_GNU_STACK asks for flags %#x; one with read and write (0x6) is allowed",
                             stack->p_flags);
    }
}

static void check_relro(struct mpk_judge *judge) {
    const Elf64_Phdr *relro;
    for (size_t n = 0; (relro = mpk_elf_phdr(judge->elf, PT_GNU_RELRO, n)) != NULL; n++) {
        // What ld.so protects: whole pages, both ends rounded down (_dl_protect_relro).
        uint64_t start = page_down(relro->p_vaddr);
        uint64_t end = page_down(relro->p_vaddr + relro->p_memsz);
        bool inside = n == 0 && relro->p_memsz < ADDRESS_END;
        const Elf64_Phdr *load = mpk_elf_load_of(judge->elf, relro->p_vaddr, 0);
        if (load == NULL || (load->p_flags & PF_W) == 0 || start < page_down(load->p_vaddr) ||
            end > page_up(load->p_vaddr + load->p_memsz) || end < start)
            inside = false;
        if (!inside)
            mpk_find_in_file(judge, MPK_RULE_RELRO, phdr_offset(judge, relro),
                             "PT_GNU_RELRO (address %#" PRIx64 ", %#" PRIx64
                             " bytes) is not one, inside one writable "
                             "PT_LOAD",
                             relro->p_vaddr, relro->p_memsz);
    }
}

static void check_tls(struct mpk_judge *judge) {
    const Elf64_Phdr *tls;
    for (size_t n = 0; (tls = mpk_elf_phdr(judge->elf, PT_TLS, n)) != NULL; n++) {
        bool image = tls->p_filesz == 0 || mpk_elf_at(judge->elf, tls->p_vaddr, tls->p_filesz) != NULL;
        if (n > 0 || !image || tls->p_filesz > tls->p_memsz || tls->p_memsz > TLS_SIZE_MAX ||
            !is_power_of_two_or_zero(tls->p_align) || tls->p_align > TLS_ALIGN_MAX)
            mpk_find_in_file(judge, MPK_RULE_TLS, phdr_offset(judge, tls),
                             "PT_TLS (image of %#" PRIx64 " bytes at %#" PRIx64 ", block of %#" PRIx64
                             " bytes, alignment %#" PRIx64 ") is not one of sane sizes inside the object",
                             tls->p_filesz, tls->p_vaddr, tls->p_memsz, tls->p_align);
    }
}

// ld.so looks for the ABI note at the file offset, before it maps the object, and for all others at the
// address.
static void check_notes(struct mpk_judge *judge) {
    for (size_t i = 0; i < judge->elf->phdr_count; i++) {
        const Elf64_Phdr *note = &judge->elf->phdrs[i];
        if (note->p_type != PT_NOTE && note->p_type != PT_GNU_PROPERTY)
            continue;
        const unsigned char *bytes = mpk_elf_at(judge->elf, note->p_vaddr, note->p_memsz);
        if (bytes == NULL || note->p_filesz != note->p_memsz ||
            (uint64_t)(bytes - judge->elf->file) != note->p_offset)
            mpk_find_in_file(judge, MPK_RULE_NOTE, phdr_offset(judge, note),
                             "a note segment (address %#" PRIx64 ", %#" PRIx64 " bytes; offset %#" PRIx64
                             ", %#" PRIx64 " bytes) is not inside the object",
                             note->p_vaddr, note->p_memsz, note->p_offset, note->p_filesz);
    }
}

void mpk_check_segments(struct mpk_judge *judge) {
    check_stack(judge);
    check_relro(judge);
    check_tls(judge);
    check_notes(judge);
}
