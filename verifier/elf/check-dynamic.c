// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dynamic section: which tags, flags and names a client object may give to ld.so (A51, A55).

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"

// Tags whose whole effect in ld.so is known, by their exact 64-bit value. Others are refused although ld.so
// ignores most of them: it folds some into others (DT_EXTRATAGIDX drops the upper half of the tag).
static const int64_t allowed_tags[] = {
    DT_NEEDED,     DT_PLTRELSZ,   DT_PLTGOT,       DT_HASH,         DT_STRTAB,      DT_SYMTAB,    DT_RELA,
    DT_RELASZ,     DT_RELAENT,    DT_STRSZ,        DT_SYMENT,       DT_INIT,        DT_FINI,      DT_SONAME,
    DT_RPATH,      DT_SYMBOLIC,   DT_PLTREL,       DT_DEBUG,        DT_TEXTREL,     DT_JMPREL,    DT_BIND_NOW,
    DT_INIT_ARRAY, DT_FINI_ARRAY, DT_INIT_ARRAYSZ, DT_FINI_ARRAYSZ, DT_RUNPATH,     DT_FLAGS,     DT_FLAGS_1,
    DT_RELRSZ,     DT_RELR,       DT_RELRENT,      DT_GNU_HASH,     DT_VERSYM,      DT_RELACOUNT, DT_VERDEF,
    DT_VERDEFNUM,  DT_VERNEED,    DT_VERNEEDNUM,   DT_TLSDESC_PLT,  DT_TLSDESC_GOT,
};

#define ALLOWED_FLAGS (DF_ORIGIN | DF_SYMBOLIC | DF_TEXTREL | DF_BIND_NOW | DF_STATIC_TLS)
#define ALLOWED_FLAGS_1                                                                                      \
    (DF_1_NOW | DF_1_GLOBAL | DF_1_NODELETE | DF_1_NOOPEN | DF_1_ORIGIN | DF_1_PIE | DF_1_INITFIRST)
// DF_TEXTREL and DF_1_INITFIRST have rules of their own.

static bool is_allowed(int64_t tag) {
    for (size_t i = 0; i < sizeof(allowed_tags) / sizeof(allowed_tags[0]); i++) {
        if (allowed_tags[i] == tag)
            return true;
    }
    return false;
}

static uint64_t entry_vaddr(const struct mpk_elf *elf, size_t index) {
    return mpk_elf_phdr(elf, PT_DYNAMIC, 0)->p_vaddr + index * sizeof(Elf64_Dyn);
}

static bool check_segment(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    const Elf64_Phdr *phdr = mpk_elf_phdr(elf, PT_DYNAMIC, 0);
    if (phdr == NULL || mpk_elf_phdr(elf, PT_DYNAMIC, 1) != NULL) {
        mpk_find_in_file(judge, MPK_RULE_DYNAMIC, elf->header.e_phoff,
                         phdr == NULL ? "there is no PT_DYNAMIC: the object is static"
                                      : "there is more than one PT_DYNAMIC");
        return false;
    }
    const unsigned char *bytes = mpk_elf_at(elf, phdr->p_vaddr, phdr->p_filesz);
    if (elf->dynamic_count == 0 || bytes == NULL || phdr->p_filesz > phdr->p_memsz ||
        mpk_elf_load_of(elf, phdr->p_vaddr, phdr->p_memsz) == NULL ||
        (uint64_t)(bytes - elf->file) != phdr->p_offset) {
        mpk_find_in_file(judge, MPK_RULE_DYNAMIC, phdr->p_offset,
                         "PT_DYNAMIC (address %#" PRIx64 ", %#" PRIx64
                         " bytes) is empty, not aligned, not ended by "
                         "DT_NULL, longer than %d entries, or not mapped from where it lies in the file",
                         phdr->p_vaddr, phdr->p_filesz, MPK_DYNAMIC_MAX);
        return false;
    }
    return true;
}

static void check_tags(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    char buffer[32];
    for (size_t i = 0; i < elf->dynamic_count; i++) {
        int64_t tag = elf->dynamic[i].d_tag;
        bool early = tag == DT_PREINIT_ARRAY || tag == DT_PREINIT_ARRAYSZ || tag == DT_AUDIT ||
                     tag == DT_DEPAUDIT || tag == DT_AUXILIARY ||
                     tag == DT_FILTER; // mpk_check_early reports them
        if (!early && !is_allowed(tag))
            mpk_find(judge, MPK_RULE_TAG, entry_vaddr(elf, i), sizeof(Elf64_Dyn), "%s is not allowed",
                     mpk_tag_name(tag, buffer, sizeof(buffer)));
        for (size_t j = 0; j < i && tag != DT_NEEDED; j++) {
            if (elf->dynamic[j].d_tag == tag) {
                mpk_find(judge, MPK_RULE_TAG, entry_vaddr(elf, i), sizeof(Elf64_Dyn), "%s is there twice",
                         mpk_tag_name(tag, buffer, sizeof(buffer)));
                break;
            }
        }
        bool string = tag == DT_NEEDED || tag == DT_SONAME || tag == DT_RPATH || tag == DT_RUNPATH;
        if (string && mpk_elf_string(elf, elf->dynamic[i].d_un.d_val) == NULL)
            mpk_find(judge, MPK_RULE_TABLE_SHAPE, entry_vaddr(elf, i), sizeof(Elf64_Dyn),
                     "%s is not a string inside DT_STRTAB", mpk_tag_name(tag, buffer, sizeof(buffer)));
    }
}

static void check_flags(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    uint64_t flags = 0;
    uint64_t flags_1 = 0;
    uint64_t vaddr = entry_vaddr(elf, 0);
    if (mpk_elf_dynamic_value(elf, DT_FLAGS, &flags) && (flags & ~(uint64_t)ALLOWED_FLAGS) != 0)
        mpk_find(judge, MPK_RULE_FLAGS, vaddr, 0, "DT_FLAGS has the bits %#" PRIx64 ", which are not allowed",
                 flags & ~(uint64_t)ALLOWED_FLAGS);
    if (mpk_elf_dynamic_value(elf, DT_FLAGS_1, &flags_1) && (flags_1 & ~(uint64_t)ALLOWED_FLAGS_1) != 0)
        mpk_find(judge, MPK_RULE_FLAGS, vaddr, 0,
                 "DT_FLAGS_1 has the bits %#" PRIx64 ", which are not allowed",
                 flags_1 & ~(uint64_t)ALLOWED_FLAGS_1);
    if (judge->policy->kind == MPK_KIND_LIBRARY && (flags_1 & DF_1_PIE) != 0)
        mpk_find(judge, MPK_RULE_FLAGS, vaddr, 0, "DT_FLAGS_1 says PIE: this is a program, not a library");
    uint64_t value;
    if ((flags & DF_TEXTREL) != 0 || mpk_elf_dynamic_value(elf, DT_TEXTREL, &value))
        mpk_find(judge, MPK_RULE_TEXTREL, vaddr, 0,
                 "the object has text relocations: ld.so would make its code "
                 "writable");
}

// ld.so finds an already loaded object by its DT_SONAME before it opens a file, and calls __libc_early_init
// in the first object that says it is libc.so.6, before any constructor. A name with a slash could be that of
// a descriptor that mpk-run preloads: the runtime would not be loaded at all.
static void check_soname(struct mpk_judge *judge) {
    static const char *const reserved[] = {"libc.so.6", "ld-linux-x86-64.so.2", "linux-vdso.so.1"};
    const char *name = mpk_elf_dynamic_string(judge->elf, DT_SONAME, 0);
    if (name == NULL || judge->policy->kind == MPK_KIND_RUNTIME || judge->policy->kind == MPK_KIND_VAULT)
        return;
    bool refused = strchr(name, '/') != NULL || strncmp(name, "libmpkgate.so", strlen("libmpkgate.so")) == 0;
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strcmp(name, reserved[i]) == 0)
            refused = true;
    }
    if (refused)
        mpk_find(judge, MPK_RULE_SONAME, entry_vaddr(judge->elf, 0), 0, "DT_SONAME is %.100s", name);
}

void mpk_check_dynamic(struct mpk_judge *judge) {
    if (!check_segment(judge))
        return;
    check_tags(judge);
    check_flags(judge);
    check_soname(judge);
}

static const char *early_tag(int64_t tag) {
    // DT_EXTRATAGIDX of ld.so takes 32 bits of the tag, and drops the uppermost of them.
    uint32_t folded = (uint32_t)tag & 0x7fffffff;
    if (folded == DT_AUXILIARY)
        return "DT_AUXILIARY";
    if (folded == DT_FILTER)
        return "DT_FILTER";
    switch (tag) {
    case DT_PREINIT_ARRAY:
        return "DT_PREINIT_ARRAY";
    case DT_AUDIT:
        return "DT_AUDIT";
    case DT_DEPAUDIT:
        return "DT_DEPAUDIT";
    default:
        return NULL;
    }
}

void mpk_check_early(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    for (size_t i = 0; i < elf->dynamic_count; i++) {
        const Elf64_Dyn *entry = &elf->dynamic[i];
        const char *name = early_tag(entry->d_tag);
        if (name == NULL && entry->d_tag == DT_FLAGS_1 && (entry->d_un.d_val & DF_1_INITFIRST) != 0 &&
            judge->policy->kind != MPK_KIND_RUNTIME)
            name = "DF_1_INITFIRST";
        if (name != NULL)
            mpk_find(judge, MPK_RULE_EARLY, entry_vaddr(elf, i), sizeof(*entry), "%s is set", name);
    }
}
