// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a client object may define for the rest of the process (A54).

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"

// Names that linkers give to the end of a segment. Nothing of the system refers to them.
static bool is_linker_mark(const char *name) {
    static const char *const marks[] = {"_end",  "end",     "__bss_start", "_edata",     "edata",  "_etext",
                                        "etext", "__etext", "__bss_end__", "_bss_end__", "__end__"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strcmp(name, marks[i]) == 0)
            return true;
    }
    return false;
}

static bool is_in_pages(const struct mpk_elf *elf, uint64_t value, uint64_t size, bool end_too) {
    for (size_t i = 0; i < elf->load_count; i++) {
        const Elf64_Phdr *load = &elf->loads[i];
        uint64_t start = page_down(load->p_vaddr);
        uint64_t end = page_up(load->p_vaddr + load->p_memsz);
        if (value >= start && (value < end || (end_too && value == end)) && size <= end - value)
            return true;
    }
    return false;
}

// A TLS symbol's value is an offset into the block, but ld.so adds it to the load address when another object
// asks for the symbol as an ordinary one.
static bool is_in_tls(const struct mpk_elf *elf, const Elf64_Sym *symbol) {
    const Elf64_Phdr *tls = mpk_elf_phdr(elf, PT_TLS, 0);
    const Elf64_Phdr *last = &elf->loads[elf->load_count - 1];
    return tls != NULL && symbol->st_value <= tls->p_memsz &&
           symbol->st_size <= tls->p_memsz - symbol->st_value &&
           symbol->st_value < page_up(last->p_vaddr + last->p_memsz);
}

static bool is_value_allowed(const struct mpk_elf *elf, const Elf64_Sym *symbol, const char *name) {
    if (symbol->st_shndx == SHN_ABS) // of old linkers: the names of symbol versions
        return symbol->st_value == 0;
    if (ELF64_ST_TYPE(symbol->st_info) == STT_TLS)
        return is_in_tls(elf, symbol);
    return is_in_pages(elf, symbol->st_value, symbol->st_size, is_linker_mark(name));
}

static void check_definition(struct mpk_judge *judge, const Elf64_Sym *symbol, const char *name,
                             uint64_t vaddr) {
    const struct mpk_policy *policy = judge->policy;
    if (policy->ld_so_exports != NULL && mpk_names_has(policy->ld_so_exports, name))
        mpk_find(judge, MPK_RULE_LD_SO_SYMBOL, vaddr, sizeof(*symbol),
                 "the object defines %.100s, which ld.so exports", name);
    if (policy->ifunc_imports != NULL && mpk_names_has(policy->ifunc_imports, name))
        mpk_find(judge, MPK_RULE_IFUNC_IMPORT, vaddr, sizeof(*symbol),
                 "the object defines %.100s, which a system library with IFUNCs imports", name);
}

static void check_symbol(struct mpk_judge *judge, const struct mpk_symbols *symbols, size_t index) {
    Elf64_Sym symbol = mpk_symbols_get(judge->elf, symbols, index);
    uint64_t vaddr = symbols->table + index * sizeof(symbol);
    const char *name = mpk_elf_string(judge->elf, symbol.st_name);
    if (name == NULL) {
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, vaddr, sizeof(symbol),
                 "the name of symbol %zu is not a string inside DT_STRTAB", index);
        name = "(no name)";
    }
    if (ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC)
        mpk_find(judge, MPK_RULE_IFUNC, vaddr, sizeof(symbol),
                 "%.100s is an indirect function (STT_GNU_IFUNC)", name);
    if (!mpk_symbol_defines(&symbol))
        return;
    if (!is_value_allowed(judge->elf, &symbol, name))
        mpk_find(judge, MPK_RULE_SYMBOL_VALUE, vaddr, sizeof(symbol),
                 "symbol %.100s has the value %#" PRIx64 " and size %" PRIu64 ", not inside the object", name,
                 symbol.st_value, symbol.st_size);
    if ((symbols->reach[index] & MPK_REACH_BY_NAME) != 0)
        check_definition(judge, &symbol, name, vaddr);
}

// A relocation without a symbol has number 0, and ld.so reads that entry like any other: an IFUNC there is
// called.
static void check_symbol_zero(struct mpk_judge *judge, const struct mpk_symbols *symbols) {
    static const Elf64_Sym empty;
    if (symbols->limit == 0)
        return;
    Elf64_Sym symbol = mpk_symbols_get(judge->elf, symbols, 0);
    if (memcmp(&symbol, &empty, sizeof(symbol)) == 0)
        return;
    if (ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC)
        mpk_find(judge, MPK_RULE_IFUNC, symbols->table, sizeof(symbol),
                 "symbol 0 is an indirect function (STT_GNU_IFUNC)");
    else
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, symbols->table, sizeof(symbol),
                 "symbol 0 of DT_SYMTAB is not empty");
}

void mpk_check_symbols(struct mpk_judge *judge) {
    struct mpk_symbols symbols;
    if (mpk_symbols_find(judge->elf, &symbols, judge)) {
        check_symbol_zero(judge, &symbols);
        for (size_t i = 1; i < symbols.limit; i++) {
            if (symbols.reach[i] != 0)
                check_symbol(judge, &symbols, i);
        }
    } else {
        judge->no_memory = true;
    }
    mpk_symbols_free(&symbols);
}
