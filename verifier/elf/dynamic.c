// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dynamic section, read as ld.so reads it: by virtual address, up to DT_NULL, the last entry of a tag
// wins.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf-private.h"

static void find_strings(struct mpk_elf *elf) {
    uint64_t table;
    uint64_t size;
    if (!mpk_elf_dynamic_value(elf, DT_STRTAB, &table) || !mpk_elf_dynamic_value(elf, DT_STRSZ, &size))
        return;
    elf->strings = (const char *)mpk_elf_at(elf, table, size);
    const char *last = elf->strings != NULL ? memrchr(elf->strings, '\0', size) : NULL;
    elf->strings_size = last != NULL ? (uint64_t)(last - elf->strings) + 1 : 0;
}

bool mpk_dynamic_read(struct mpk_elf *elf) {
    const Elf64_Phdr *phdr = NULL;
    for (size_t n = 0; mpk_elf_phdr(elf, PT_DYNAMIC, n) != NULL; n++)
        phdr = mpk_elf_phdr(elf, PT_DYNAMIC, n);
    if (phdr == NULL || phdr->p_vaddr % 8 != 0)
        return true;
    size_t max = phdr->p_filesz / sizeof(Elf64_Dyn);
    const unsigned char *bytes = mpk_elf_at(elf, phdr->p_vaddr, max * sizeof(Elf64_Dyn));
    if (bytes == NULL || max == 0)
        return true;
    Elf64_Dyn *dynamic = malloc(max * sizeof(Elf64_Dyn));
    if (dynamic == NULL)
        return false;
    memcpy(dynamic, bytes, max * sizeof(Elf64_Dyn));
    size_t count = 0;
    while (count < max && dynamic[count].d_tag != DT_NULL)
        count++;
    // Without DT_NULL ld.so would read on into whatever follows.
    if (count == max || count > MPK_DYNAMIC_MAX) {
        free(dynamic);
        return true;
    }
    elf->dynamic = dynamic;
    elf->dynamic_count = count;
    find_strings(elf);
    return true;
}

const Elf64_Dyn *mpk_elf_dynamic(const struct mpk_elf *elf, size_t *count) {
    *count = elf->dynamic_count;
    return elf->dynamic;
}

bool mpk_elf_dynamic_value(const struct mpk_elf *elf, int64_t tag, uint64_t *value) {
    for (size_t i = elf->dynamic_count; i > 0; i--) {
        if (elf->dynamic[i - 1].d_tag == tag) {
            *value = elf->dynamic[i - 1].d_un.d_val;
            return true;
        }
    }
    return false;
}

const char *mpk_elf_string(const struct mpk_elf *elf, uint64_t offset) {
    return offset < elf->strings_size ? elf->strings + offset : NULL;
}

const char *mpk_elf_dynamic_string(const struct mpk_elf *elf, int64_t tag, size_t index) {
    for (size_t i = 0; i < elf->dynamic_count; i++) {
        if (elf->dynamic[i].d_tag == tag && index-- == 0)
            return mpk_elf_string(elf, elf->dynamic[i].d_un.d_val);
    }
    return NULL;
}

bool mpk_elf_bind_now(const struct mpk_elf *elf) {
    uint64_t value;
    if (mpk_elf_dynamic_value(elf, DT_BIND_NOW, &value))
        return true;
    if (mpk_elf_dynamic_value(elf, DT_FLAGS, &value) && (value & DF_BIND_NOW) != 0)
        return true;
    return mpk_elf_dynamic_value(elf, DT_FLAGS_1, &value) && (value & DF_1_NOW) != 0;
}

#define TAG(name) {name, #name}
static const struct {
    int64_t tag;
    const char *name;
} tag_names[] = {
    TAG(DT_NEEDED),       TAG(DT_PLTRELSZ),      TAG(DT_PLTGOT),
    TAG(DT_HASH),         TAG(DT_STRTAB),        TAG(DT_SYMTAB),
    TAG(DT_RELA),         TAG(DT_RELASZ),        TAG(DT_RELAENT),
    TAG(DT_STRSZ),        TAG(DT_SYMENT),        TAG(DT_INIT),
    TAG(DT_FINI),         TAG(DT_SONAME),        TAG(DT_RPATH),
    TAG(DT_SYMBOLIC),     TAG(DT_REL),           TAG(DT_RELSZ),
    TAG(DT_RELENT),       TAG(DT_PLTREL),        TAG(DT_DEBUG),
    TAG(DT_TEXTREL),      TAG(DT_JMPREL),        TAG(DT_BIND_NOW),
    TAG(DT_INIT_ARRAY),   TAG(DT_FINI_ARRAY),    TAG(DT_INIT_ARRAYSZ),
    TAG(DT_FINI_ARRAYSZ), TAG(DT_RUNPATH),       TAG(DT_FLAGS),
    TAG(DT_FLAGS_1),      TAG(DT_PREINIT_ARRAY), TAG(DT_PREINIT_ARRAYSZ),
    TAG(DT_SYMTAB_SHNDX), TAG(DT_RELRSZ),        TAG(DT_RELR),
    TAG(DT_RELRENT),      TAG(DT_GNU_HASH),      TAG(DT_VERSYM),
    TAG(DT_RELACOUNT),    TAG(DT_RELCOUNT),      TAG(DT_VERDEF),
    TAG(DT_VERDEFNUM),    TAG(DT_VERNEED),       TAG(DT_VERNEEDNUM),
    TAG(DT_AUXILIARY),    TAG(DT_FILTER),        TAG(DT_AUDIT),
    TAG(DT_DEPAUDIT),     TAG(DT_CONFIG),
};
#undef TAG

const char *mpk_tag_name(int64_t tag, char *buffer, size_t size) {
    for (size_t i = 0; i < sizeof(tag_names) / sizeof(tag_names[0]); i++) {
        if (tag_names[i].tag == tag)
            return tag_names[i].name;
    }
    snprintf(buffer, size, "tag %#" PRIx64, (uint64_t)tag);
    return buffer;
}
