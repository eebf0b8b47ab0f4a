// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of the ELF layer share. Not for users of the library.

#ifndef MPKGATE_ELF_PRIVATE_H
#define MPKGATE_ELF_PRIVATE_H

#include <sys/mman.h>
#include <sys/types.h>

#include "mpk-elf.h"

struct mpk_elf {
    char *name;
    unsigned char *file;
    size_t file_size;
    bool is_borrowed; // file is the caller's
    Elf64_Ehdr header;
    Elf64_Phdr phdrs[MPK_PHDR_MAX];
    size_t phdr_count;
    Elf64_Phdr loads[MPK_PHDR_MAX];
    size_t load_count;
    Elf64_Dyn *dynamic; // a copy, aligned, without the DT_NULL
    size_t dynamic_count;
    const char *strings;   // DT_STRTAB, inside file; NULL if it is not wholly in one PT_LOAD
    uint64_t strings_size; // bytes up to and including its last NUL: what begins behind it does not end
    mode_t mode;           // of the descriptor it was read from
    bool capability;       // it had a security.capability attribute
};

static inline uint64_t page_down(uint64_t value) {
    return value & ~(uint64_t)(MPK_PAGE - 1);
}
// Wraps to 0 in the last page of the address space.
static inline uint64_t page_up(uint64_t value) {
    return page_down(value + (MPK_PAGE - 1));
}

// For a large buffer of malloc's that is filled from end to end: a page fault for each 2 MiB, where the
// kernel has such pages. Whole pages, the ones at its ends too: else mremap, which realloc uses, would find
// two mappings.
static inline void mpk_elf_use_large_pages(void *buffer, size_t size) {
    uintptr_t start = page_down((uintptr_t)buffer);
    if (size >= ((size_t)4 << 20))
        (void)madvise((void *)start, page_up((uintptr_t)buffer + size) - start, MADV_HUGEPAGE);
}

// Fills *error, with errno for MPK_ELF_UNREADABLE, and returns false.
bool mpk_elf_fail(struct mpk_elf_error *error, enum mpk_elf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
// Reads the whole file of a descriptor into elf->file.
bool mpk_elf_read(struct mpk_elf *elf, int fd, struct mpk_elf_error *error);
// Reads the ELF header of elf->file; refuses what is no 64-bit x86-64 ELF file, of whatever type.
bool mpk_elf_identify(struct mpk_elf *elf, struct mpk_elf_error *error);

// More entries than any linker makes. Looking for a tag takes time in proportion.
#define MPK_DYNAMIC_MAX 4096
// Reads the dynamic section into elf. Returns false if memory is out.
bool mpk_dynamic_read(struct mpk_elf *elf);

// A string at an offset of DT_STRTAB: wholly inside DT_STRSZ bytes and a PT_LOAD, else NULL.
const char *mpk_elf_string(const struct mpk_elf *elf, uint64_t offset);

// The n-th program header of a type, or NULL.
const Elf64_Phdr *mpk_elf_phdr(const struct mpk_elf *elf, uint32_t type, size_t n);

// The PT_LOAD whose memory [p_vaddr, p_vaddr + p_memsz) holds [vaddr, vaddr + size) wholly, or NULL.
const Elf64_Phdr *mpk_elf_load_of(const struct mpk_elf *elf, uint64_t vaddr, uint64_t size);

// The bytes mapped at vaddr, up to the end of the file part of their PT_LOAD: *size of them; NULL if there is
// none.
const unsigned char *mpk_elf_from(const struct mpk_elf *elf, uint64_t vaddr, uint64_t *size);

// --- sections.c ---

// The section headers. Nothing in them is verified.
struct mpk_sections {
    const unsigned char *table; // count entries, not aligned
    size_t count;               // 0: there are none
    const char *names;          // names_size bytes of SHT_STRTAB, or NULL
    uint64_t names_size;
};
// False if there is a table that does not lie in the file, or whose entries have another size.
bool mpk_sections_read(const struct mpk_elf *elf, struct mpk_sections *sections);
// The header of an index below sections->count.
Elf64_Shdr mpk_sections_get(const struct mpk_sections *sections, size_t index);
// Never NULL; "(no name)" if it has none inside the table.
const char *mpk_section_name(const struct mpk_sections *sections, const Elf64_Shdr *section);
// Whether it has bytes, and all of them lie in the file.
bool mpk_section_is_in_file(const struct mpk_elf *elf, const Elf64_Shdr *section);

// --- notes.c ---

// One note of MPKGate's. The descriptor is size bytes of the file, not aligned; vaddr is its address.
struct mpk_note {
    uint32_t type; // MPKGATE_NOTE_*
    uint32_t size;
    uint64_t vaddr;
    const unsigned char *descriptor;
};
typedef void (*mpk_note_visit)(void *context, const struct mpk_note *note);
void mpk_elf_each_note(const struct mpk_elf *elf, mpk_note_visit visit, void *context);

// Whether a note says where the gates lie: libmpkgate.so has one.
bool mpk_elf_has_gates(const struct mpk_elf *elf);

// --- symbols.c ---

// The symbols that ld.so can reach: by DT_GNU_HASH, by DT_HASH and by the symbol index of a relocation.
struct mpk_symbols {
    uint64_t table;       // DT_SYMTAB
    size_t limit;         // entries that fit between DT_SYMTAB and the end of its PT_LOAD's file part
    unsigned char *reach; // limit entries of enum mpk_reach bits
};
enum mpk_reach { MPK_REACH_GNU_HASH = 1, MPK_REACH_HASH = 2, MPK_REACH_RELOCATION = 4 };
#define MPK_REACH_BY_NAME (MPK_REACH_GNU_HASH | MPK_REACH_HASH)

// Finds them, and reports to judge (may be NULL) each way in which a table is not what ld.so takes it for.
// Returns false if memory is out. Free with mpk_symbols_free.
struct mpk_judge;
bool mpk_symbols_find(const struct mpk_elf *elf, struct mpk_symbols *symbols, struct mpk_judge *judge);
void mpk_symbols_free(struct mpk_symbols *symbols);
// The symbol of an index below symbols->limit.
Elf64_Sym mpk_symbols_get(const struct mpk_elf *elf, const struct mpk_symbols *symbols, size_t index);
// Whether ld.so can take it as a definition for a lookup by name (do_lookup_x, check_match): an undefined
// symbol with a value counts.
bool mpk_symbol_defines(const Elf64_Sym *symbol);

// --- relocations.c ---

// Calls visit for each Elf64_Rela of DT_RELA and DT_JMPREL. Ranges that are not wholly in a PT_LOAD are left
// out.
typedef void (*mpk_rela_visit)(void *context, const Elf64_Rela *rela, uint64_t vaddr);
void mpk_elf_each_rela(const struct mpk_elf *elf, mpk_rela_visit visit, void *context);

// NULL if ld.so may write size bytes at vaddr for the object (its own writable PT_LOAD, not the dynamic
// section); else why not.
const char *mpk_refuse_target(const struct mpk_elf *elf, uint64_t vaddr, uint64_t size);

// --- unlinked.c ---

// The section header of an index of an ET_REL, whose bytes lie in the file unless it is SHT_NOBITS; false
// behind the last one.
bool mpk_unlinked_section(const struct mpk_elf *elf, uint64_t index, Elf64_Shdr *section);

// --- The checks, each in its own file; all through one context ---

struct mpk_judge {
    const struct mpk_elf *elf;
    const struct mpk_policy *policy;
    mpk_report report;
    void *context;
    bool no_memory;
    size_t count[MPK_RULES]; // findings so far
};
// Of a structural rule no more than this many findings are reported one by one: a hostile table has millions.
#define MPK_FINDINGS_MAX 1000
// Reports a finding, or does nothing if judge is NULL. vaddr may be MPK_NOWHERE; the offset is derived from
// it.
void mpk_find(struct mpk_judge *judge, enum mpk_rule_id rule, uint64_t vaddr, uint32_t size,
              const char *format, ...) __attribute__((format(printf, 5, 6)));
// The same at a file offset, for what has no virtual address.
void mpk_find_in_file(struct mpk_judge *judge, enum mpk_rule_id rule, uint64_t offset, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));

void mpk_check_file(struct mpk_judge *judge);
void mpk_check_headers(struct mpk_judge *judge);
void mpk_check_loads(struct mpk_judge *judge);
void mpk_check_segments(struct mpk_judge *judge);
void mpk_check_dynamic(struct mpk_judge *judge);
void mpk_check_early(struct mpk_judge *judge);
void mpk_check_tables(struct mpk_judge *judge);
void mpk_check_versions(struct mpk_judge *judge);
void mpk_check_relocations(struct mpk_judge *judge);
void mpk_check_symbols(struct mpk_judge *judge);
void mpk_check_text(struct mpk_judge *judge);
// All that is checked of an ET_REL.
void mpk_check_unlinked(struct mpk_judge *judge);
void mpk_check_pages(struct mpk_judge *judge);
void mpk_check_sections(struct mpk_judge *judge);
void mpk_check_coverage(struct mpk_judge *judge);
void mpk_check_gates(struct mpk_judge *judge);
// All structural rules of a vault image.
void mpk_check_vault(struct mpk_judge *judge);

// "0x1234", or a name for the common ones ("DT_RELA"); buffer of at least 24 bytes is used for unknown ones.
const char *mpk_tag_name(int64_t tag, char *buffer, size_t size);

#endif
