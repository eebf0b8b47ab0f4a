// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Relocatable objects: opened by their section headers, which are all that they have. See unlinked.h.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf-private.h"
#include "unlinked-private.h"

enum mpk_input mpk_input_of(int fd) {
    unsigned char start[20] = {0};
    ssize_t size = pread(fd, start, sizeof(start), 0);
    if (size >= MPK_ARCHIVE_MAGIC && (memcmp(start, "!<arch>\n", MPK_ARCHIVE_MAGIC) == 0 ||
                                      memcmp(start, "!<thin>\n", MPK_ARCHIVE_MAGIC) == 0))
        return MPK_INPUT_ARCHIVE;
    if (size == (ssize_t)sizeof(start) && memcmp(start, ELFMAG, SELFMAG) == 0 && start[16] == ET_REL &&
        start[17] == 0)
        return MPK_INPUT_RELOCATABLE;
    return MPK_INPUT_LINKED;
}

static bool section_header(const struct mpk_elf *elf, uint64_t index, Elf64_Shdr *section) {
    uint64_t start = elf->header.e_shoff;
    if (start > elf->file_size || index >= (elf->file_size - start) / sizeof(*section))
        return false;
    memcpy(section, elf->file + start + index * sizeof(*section), sizeof(*section));
    return true;
}

// An object with more sections than e_shnum can hold has their number in the first one (gABI).
static uint64_t section_count(const struct mpk_elf *elf) {
    Elf64_Shdr first;
    if (elf->header.e_shnum != 0)
        return elf->header.e_shnum;
    return elf->header.e_shoff != 0 && section_header(elf, 0, &first) ? first.sh_size : 0;
}

bool mpk_unlinked_section(const struct mpk_elf *elf, uint64_t index, Elf64_Shdr *section) {
    return index < section_count(elf) && section_header(elf, index, section);
}

static bool check_section(const struct mpk_elf *elf, uint64_t index, struct mpk_elf_error *error,
                          uint64_t *code) {
    Elf64_Shdr section;
    if (!section_header(elf, index, &section))
        return mpk_elf_fail(error, MPK_ELF_TRUNCATED,
                            "is truncated: the header of section %ju lies beyond its end", (uintmax_t)index);
    if (index == 0 || section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS)
        return true;
    if (section.sh_offset > elf->file_size || section.sh_size > elf->file_size - section.sh_offset)
        return mpk_elf_fail(
            error, MPK_ELF_TRUNCATED,
            "is truncated: section %ju needs %#jx bytes at offset %#jx of a file of %#zx bytes",
            (uintmax_t)index, (uintmax_t)section.sh_size, (uintmax_t)section.sh_offset, elf->file_size);
    if ((section.sh_flags & SHF_EXECINSTR) == 0)
        return true;
    if ((section.sh_flags & SHF_COMPRESSED) != 0)
        return mpk_elf_fail(error, MPK_ELF_MALFORMED,
                            "is malformed: section %ju is executable and compressed", (uintmax_t)index);
    *code += section.sh_size;
    // Sections do not overlap; many that did would make a small file a long one to scan.
    if (*code > elf->file_size)
        return mpk_elf_fail(error, MPK_ELF_MALFORMED, "is malformed: executable sections overlap");
    return true;
}

static bool check_sections(const struct mpk_elf *elf, struct mpk_elf_error *error) {
    const Elf64_Ehdr *header = &elf->header;
    uint64_t count = section_count(elf);
    uint64_t code = 0;
    if (header->e_type != ET_REL)
        return mpk_elf_fail(error, MPK_ELF_WRONG_KIND, "is not a relocatable object (type %d)",
                            header->e_type);
    if (count == 0 || header->e_shentsize != sizeof(Elf64_Shdr))
        return mpk_elf_fail(error, MPK_ELF_MALFORMED, "has no section headers of the right size");
    for (uint64_t i = 0; i < count; i++) {
        if (!check_section(elf, i, error, &code))
            return false;
    }
    return true;
}

struct mpk_elf *mpk_unlinked_open(struct mpk_elf *elf, const char *name, struct mpk_elf_error *error) {
    elf->name = strdup(name);
    if (elf->name == NULL)
        mpk_elf_fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    else if (mpk_elf_identify(elf, error) && check_sections(elf, error)) {
        *error = (struct mpk_elf_error){.status = MPK_ELF_OK};
        return elf;
    }
    mpk_elf_close(elf);
    return NULL;
}

struct mpk_elf *mpk_elf_open_relocatable(int fd, const char *name, struct mpk_elf_error *error) {
    struct mpk_elf *elf = calloc(1, sizeof(*elf));
    if (elf == NULL) {
        mpk_elf_fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
        return NULL;
    }
    if (!mpk_elf_read(elf, fd, error)) {
        mpk_elf_close(elf);
        return NULL;
    }
    return mpk_unlinked_open(elf, name, error);
}

// --- Judging -----------------------------------------------------------------------------------------------

#define NAME_MAX_SHOWN 64

struct unlinked {
    struct mpk_judge *judge;
    char section[NAME_MAX_SHOWN]; // the one that is scanned
};

static void copy_name(const struct mpk_elf *elf, const Elf64_Shdr *section, char name[NAME_MAX_SHOWN]) {
    Elf64_Shdr first;
    Elf64_Shdr names;
    uint64_t index = elf->header.e_shstrndx;
    if (index == SHN_XINDEX && section_header(elf, 0, &first))
        index = first.sh_link;
    name[0] = '\0';
    if (!mpk_unlinked_section(elf, index, &names) || names.sh_type != SHT_STRTAB)
        return;
    for (uint64_t i = 0; i < NAME_MAX_SHOWN - 1 && section->sh_name + i < names.sh_size; i++) {
        unsigned char c = elf->file[names.sh_offset + section->sh_name + i];
        name[i] = (char)(c != 0 && (c < 0x20 || c == 0x7f) ? '?' : c);
        name[i + 1] = '\0';
        if (c == 0)
            break;
    }
}

static bool report_hit(void *context, enum mpk_pattern pattern, uint64_t offset) {
    const struct unlinked *unlinked = context;
    struct mpk_judge *judge = unlinked->judge;
    const unsigned char *bytes = judge->elf->file + offset;
    bool xrstor = pattern == MPK_PATTERN_XRSTOR;
    bool rex2 = !xrstor && bytes[0] == 0xd5;
    enum mpk_rule_id rule = xrstor ? MPK_RULE_XRSTOR : MPK_RULE_WRPKRU;
    struct mpk_finding finding = {.rule = rule,
                                  .severity = mpk_rules[rule].severity,
                                  .vaddr = MPK_NOWHERE,
                                  .offset = offset,
                                  .size = rex2 ? 4 : 3};
    char last[16] = "";
    if (rex2)
        snprintf(last, sizeof(last), " %02x, with REX2", bytes[3]);
    snprintf(finding.text, sizeof(finding.text), "%s (%02x %02x %02x%s) in an executable section%s%s",
             xrstor ? "XRSTOR" : "WRPKRU", bytes[0], bytes[1], bytes[2], last,
             unlinked->section[0] != '\0' ? ", " : "", unlinked->section);
    judge->report(judge->context, &finding);
    return true;
}

void mpk_check_unlinked(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    struct unlinked unlinked = {.judge = judge};
    struct mpk_scan scan;
    Elf64_Shdr section;
    mpk_find(judge, MPK_RULE_UNLINKED, MPK_NOWHERE, 0,
             "a relocatable object: the linker fills in and moves its bytes, and most patterns are of its "
             "making");
    mpk_scan_begin(&scan, report_hit, &unlinked);
    for (uint64_t i = 1; mpk_unlinked_section(elf, i, &section); i++) {
        if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS ||
            (section.sh_flags & SHF_EXECINSTR) == 0)
            continue;
        copy_name(elf, &section, unlinked.section);
        mpk_scan_feed(&scan, elf->file + section.sh_offset, section.sh_size, section.sh_offset);
        mpk_scan_end(&scan);
    }
}
