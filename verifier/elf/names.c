// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sets of symbol names, and the two that a judgement needs: what ld.so exports, and what system libraries
// with IFUNCs import (A54).

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "elf-private.h"

struct mpk_names {
    void *root; // tsearch(3) tree of strings
    size_t count;
};

static int compare(const void *left, const void *right) {
    return strcmp(left, right);
}

struct mpk_names *mpk_names_new(void) {
    return calloc(1, sizeof(struct mpk_names));
}

bool mpk_names_add(struct mpk_names *names, const char *name) {
    if (mpk_names_has(names, name))
        return true;
    char *copy = strdup(name);
    if (copy == NULL)
        return false;
    if (tsearch(copy, &names->root, compare) == NULL) {
        free(copy);
        return false;
    }
    names->count++;
    return true;
}

bool mpk_names_has(const struct mpk_names *names, const char *name) {
    return tfind(name, &names->root, compare) != NULL;
}

size_t mpk_names_count(const struct mpk_names *names) {
    return names->count;
}

void mpk_names_free(struct mpk_names *names) {
    if (names == NULL)
        return;
    tdestroy(names->root, free);
    free(names);
}

bool mpk_elf_add_exports(const struct mpk_elf *elf, struct mpk_names *names) {
    struct mpk_symbols symbols;
    bool done = mpk_symbols_find(elf, &symbols, NULL);
    for (size_t i = 1; done && i < symbols.limit; i++) {
        if ((symbols.reach[i] & MPK_REACH_BY_NAME) == 0)
            continue;
        Elf64_Sym symbol = mpk_symbols_get(elf, &symbols, i);
        const char *name = mpk_elf_string(elf, symbol.st_name);
        // SHN_ABS: the name of a symbol version, which nothing refers to as a symbol.
        if (mpk_symbol_defines(&symbol) && symbol.st_shndx != SHN_ABS && name != NULL)
            done = mpk_names_add(names, name);
    }
    mpk_symbols_free(&symbols);
    return done;
}

static void note_irelative(void *context, const Elf64_Rela *rela, uint64_t vaddr) {
    (void)vaddr;
    bool *found = context;
    if (ELF64_R_TYPE(rela->r_info) == R_X86_64_IRELATIVE)
        *found = true;
}

static bool has_ifuncs(const struct mpk_elf *elf, const struct mpk_symbols *symbols) {
    bool found = false;
    mpk_elf_each_rela(elf, note_irelative, &found);
    for (size_t i = 1; i < symbols->limit && !found; i++) {
        if (symbols->reach[i] == 0)
            continue;
        Elf64_Sym symbol = mpk_symbols_get(elf, symbols, i);
        found = ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC && symbol.st_shndx != SHN_UNDEF;
    }
    return found;
}

bool mpk_elf_add_ifunc_imports(const struct mpk_elf *elf, struct mpk_names *names) {
    if (mpk_elf_is_glibc(elf))
        return true;
    struct mpk_symbols symbols;
    bool done = mpk_symbols_find(elf, &symbols, NULL);
    bool ifuncs = done && has_ifuncs(elf, &symbols);
    for (size_t i = 1; done && ifuncs && i < symbols.limit; i++) {
        // What it defines itself and reaches by a relocation can be interposed just as well.
        if ((symbols.reach[i] & MPK_REACH_RELOCATION) == 0)
            continue;
        Elf64_Sym symbol = mpk_symbols_get(elf, &symbols, i);
        const char *name = mpk_elf_string(elf, symbol.st_name);
        if (ELF64_ST_BIND(symbol.st_info) != STB_LOCAL && name != NULL && name[0] != '\0')
            done = mpk_names_add(names, name);
    }
    mpk_symbols_free(&symbols);
    return done;
}
