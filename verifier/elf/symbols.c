// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dynamic symbols that ld.so can reach. Their number is in no header: ld.so follows the hash tables and
// the symbol indexes of relocations wherever they lead, so this does the same, with bounds. A symbol that is
// in the table but reached by nothing is none.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elf-private.h"

static uint32_t word_at(const unsigned char *bytes, uint64_t index) {
    uint32_t word;
    memcpy(&word, bytes + 4 * index, sizeof(word));
    return word;
}

struct search {
    const struct mpk_elf *elf;
    struct mpk_symbols *symbols;
    struct mpk_judge *judge;
};

static bool find_table(struct search *search) {
    struct mpk_symbols *symbols = search->symbols;
    uint64_t size;
    if (!mpk_elf_dynamic_value(search->elf, DT_SYMTAB, &symbols->table) ||
        mpk_elf_from(search->elf, symbols->table, &size) == NULL)
        return true; // limit is 0: every index is then out of the table
    symbols->limit = size / sizeof(Elf64_Sym);
    symbols->reach = calloc(symbols->limit + 1, 1);
    return symbols->reach != NULL;
}

// One bucket of DT_GNU_HASH: from its first symbol on until a hash word with the low bit set. Stops at a
// symbol that another bucket reached already: from there on the walk is the same.
static bool walk_gnu_chain(const struct search *search, uint64_t first, const unsigned char *chain,
                           uint64_t chain_words, uint32_t bias) {
    const struct mpk_symbols *symbols = search->symbols;
    for (uint64_t index = first;; index++) {
        if (index >= symbols->limit || index - bias >= chain_words)
            return false;
        if ((symbols->reach[index] & MPK_REACH_GNU_HASH) != 0)
            return true;
        symbols->reach[index] |= MPK_REACH_GNU_HASH;
        if ((word_at(chain, index - bias) & 1) != 0)
            return true;
    }
}

static void walk_gnu_hash(struct search *search) {
    uint64_t vaddr;
    uint64_t size;
    if (!mpk_elf_dynamic_value(search->elf, DT_GNU_HASH, &vaddr))
        return;
    const unsigned char *table = mpk_elf_from(search->elf, vaddr, &size);
    if (table == NULL || size < 16)
        return; // its place is wrong, which mpk_check_tables reports
    uint64_t buckets = word_at(table, 0);
    uint32_t bias = word_at(table, 1);
    uint64_t bloom = word_at(table, 2);
    uint64_t words = size / 4;
    // ld.so asserts the power of two, and masks an index into the Bloom filter with bloom - 1.
    if (bloom == 0 || (bloom & (bloom - 1)) != 0 || 4 + 2 * bloom + buckets > words) {
        mpk_find(search->judge, MPK_RULE_TABLE_SHAPE, vaddr, 0,
                 "DT_GNU_HASH has %" PRIu64 " Bloom words and %" PRIu64
                 " buckets, which is malformed or reaches "
                 "beyond its PT_LOAD",
                 bloom, buckets);
        return;
    }
    const unsigned char *bucket = table + 4 * (4 + 2 * bloom);
    const unsigned char *chain = bucket + 4 * buckets;
    uint64_t chain_words = words - (4 + 2 * bloom + buckets);
    for (uint64_t i = 0; i < buckets; i++) {
        uint64_t first = word_at(bucket, i);
        if (first == 0)
            continue;
        if (first < bias || !walk_gnu_chain(search, first, chain, chain_words, bias)) {
            mpk_find(search->judge, MPK_RULE_TABLE_SHAPE, vaddr + 4 * (4 + 2 * bloom + i), 4,
                     "bucket %" PRIu64 " of DT_GNU_HASH leads out of the hash table or the symbol table", i);
            return;
        }
    }
}

static void walk_hash(struct search *search) {
    uint64_t vaddr;
    uint64_t size;
    if (!mpk_elf_dynamic_value(search->elf, DT_HASH, &vaddr))
        return;
    const unsigned char *table = mpk_elf_from(search->elf, vaddr, &size);
    if (table == NULL || size < 8)
        return;
    uint64_t words = size / 4 - 2;
    uint64_t buckets = word_at(table, 0);
    if (buckets > words) {
        mpk_find(search->judge, MPK_RULE_TABLE_SHAPE, vaddr, 4, "DT_HASH reaches beyond its PT_LOAD");
        return;
    }
    const unsigned char *bucket = table + 8;
    const unsigned char *chain = bucket + 4 * buckets;
    uint64_t chain_words = words - buckets;
    const struct mpk_symbols *symbols = search->symbols;
    for (uint64_t i = 0; i < buckets; i++) {
        // ld.so does not look at nchain. A chain that comes back to itself would hang it, but shows nothing
        // new.
        uint64_t index = word_at(bucket, i);
        while (index != 0) {
            if (index >= symbols->limit || index >= chain_words) {
                mpk_find(search->judge, MPK_RULE_TABLE_SHAPE, vaddr + 4 * (2 + i), 4,
                         "bucket %" PRIu64 " of DT_HASH leads out of the hash table or the symbol table", i);
                return;
            }
            if ((symbols->reach[index] & MPK_REACH_HASH) != 0)
                break;
            symbols->reach[index] |= MPK_REACH_HASH;
            index = word_at(chain, index);
        }
    }
}

static void reach_by_relocation(void *context, const Elf64_Rela *rela, uint64_t vaddr) {
    struct search *search = context;
    uint64_t index = ELF64_R_SYM(rela->r_info);
    if (index == 0)
        return;
    if (index < search->symbols->limit)
        search->symbols->reach[index] |= MPK_REACH_RELOCATION;
    else
        mpk_find(search->judge, MPK_RULE_TABLE_SHAPE, vaddr, sizeof(*rela),
                 "relocation names symbol %" PRIu64 ", which is not in the symbol table", index);
}

bool mpk_symbols_find(const struct mpk_elf *elf, struct mpk_symbols *symbols, struct mpk_judge *judge) {
    *symbols = (struct mpk_symbols){0};
    struct search search = {.elf = elf, .symbols = symbols, .judge = judge};
    if (!find_table(&search))
        return false;
    walk_gnu_hash(&search);
    walk_hash(&search);
    mpk_elf_each_rela(elf, reach_by_relocation, &search);
    return true;
}

void mpk_symbols_free(struct mpk_symbols *symbols) {
    free(symbols->reach);
    *symbols = (struct mpk_symbols){0};
}

Elf64_Sym mpk_symbols_get(const struct mpk_elf *elf, const struct mpk_symbols *symbols, size_t index) {
    Elf64_Sym symbol = {0};
    const unsigned char *bytes = mpk_elf_at(elf, symbols->table + index * sizeof(symbol), sizeof(symbol));
    if (bytes != NULL)
        memcpy(&symbol, bytes, sizeof(symbol));
    return symbol;
}

bool mpk_symbol_defines(const Elf64_Sym *symbol) {
    return symbol->st_shndx != SHN_UNDEF || symbol->st_value != 0;
}

bool mpk_elf_symbol(const struct mpk_elf *elf, const char *name, struct mpk_symbol *found) {
    struct mpk_symbols symbols;
    if (!mpk_symbols_find(elf, &symbols, NULL))
        return false;
    bool done = false;
    for (size_t i = 1; i < symbols.limit && !done; i++) {
        if ((symbols.reach[i] & MPK_REACH_BY_NAME) == 0)
            continue;
        Elf64_Sym symbol = mpk_symbols_get(elf, &symbols, i);
        const char *string = mpk_elf_string(elf, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF || string == NULL || strcmp(string, name) != 0)
            continue;
        *found = (struct mpk_symbol){.name = string,
                                     .vaddr = symbol.st_value,
                                     .size = symbol.st_size,
                                     .info = symbol.st_info,
                                     .section = symbol.st_shndx};
        done = true;
    }
    mpk_symbols_free(&symbols);
    return done;
}
