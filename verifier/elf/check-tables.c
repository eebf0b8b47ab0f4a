// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The tables that the dynamic section names: where they lie and what shape they have. ld.so trusts all of it
// (A51).

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"

struct table {
    int64_t tag;
    int64_t size_tag;  // 0: the table has no size, min_size is all that is known here
    uint64_t min_size; // bytes
    int64_t entry_tag; // 0: none
    uint64_t entry;    // bytes; 0: any size
};

static const struct table tables[] = {
    {DT_RELA, DT_RELASZ, 0, DT_RELAENT, sizeof(Elf64_Rela)},
    {DT_JMPREL, DT_PLTRELSZ, 0, 0, sizeof(Elf64_Rela)},
    {DT_RELR, DT_RELRSZ, 0, DT_RELRENT, sizeof(Elf64_Relr)},
    {DT_SYMTAB, 0, sizeof(Elf64_Sym), DT_SYMENT, sizeof(Elf64_Sym)},
    {DT_STRTAB, DT_STRSZ, 1, 0, 0},
    {DT_HASH, 0, 8, 0, 0},
    {DT_GNU_HASH, 0, 16, 0, 0},
    {DT_VERSYM, 0, sizeof(Elf64_Half), 0, 0},
    {DT_VERDEF, 0, sizeof(Elf64_Verdef), 0, 0},
    {DT_VERNEED, 0, sizeof(Elf64_Verneed), 0, 0},
};

static void check_table(struct mpk_judge *judge, const struct table *table) {
    const struct mpk_elf *elf = judge->elf;
    char buffer[32];
    const char *name = mpk_tag_name(table->tag, buffer, sizeof(buffer));
    uint64_t vaddr;
    uint64_t size = table->min_size;
    if (!mpk_elf_dynamic_value(elf, table->tag, &vaddr))
        return;
    if (table->size_tag != 0 && !mpk_elf_dynamic_value(elf, table->size_tag, &size)) {
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, vaddr, 0, "%s has no size", name);
        return;
    }
    if (vaddr == 0 && size == 0)
        return; // an object with DT_RELR alone may have an empty DT_RELA
    const Elf64_Phdr *load = mpk_elf_load_of(elf, vaddr, size);
    if (mpk_elf_at(elf, vaddr, size) == NULL || load == NULL)
        mpk_find(judge, MPK_RULE_TABLE_PLACE, vaddr, 0,
                 "%s (address %#" PRIx64 ", %" PRIu64 " bytes) is not inside one PT_LOAD of the object", name,
                 vaddr, size);
    else if ((load->p_flags & PF_W) != 0)
        mpk_find(judge, MPK_RULE_TABLE_PLACE, vaddr, 0, "%s is in a writable PT_LOAD", name);
    uint64_t entry = table->entry;
    if (table->entry_tag != 0 &&
        (!mpk_elf_dynamic_value(elf, table->entry_tag, &entry) || entry != table->entry))
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, vaddr, 0, "%s has no entry size, or another one than %" PRIu64,
                 name, table->entry);
    if (table->size_tag != 0 && table->entry != 0 && size % table->entry != 0)
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, vaddr, 0,
                 "%s has %" PRIu64 " bytes, which are no whole entries", name, size);
}

// ld.so applies the first DT_RELACOUNT entries without a look at DT_RELASZ, and as R_X86_64_RELATIVE.
static void check_relative_count(struct mpk_judge *judge) {
    uint64_t count;
    uint64_t vaddr;
    uint64_t size;
    if (!mpk_elf_dynamic_value(judge->elf, DT_RELACOUNT, &count) || count == 0)
        return;
    if (!mpk_elf_dynamic_value(judge->elf, DT_RELA, &vaddr) ||
        !mpk_elf_dynamic_value(judge->elf, DT_RELASZ, &size))
        size = 0;
    const unsigned char *bytes = size > 0 ? mpk_elf_at(judge->elf, vaddr, size) : NULL;
    if (bytes == NULL || count > size / sizeof(Elf64_Rela)) {
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, MPK_NOWHERE, 0,
                 "DT_RELACOUNT is %" PRIu64 ", more than DT_RELA has entries", count);
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        Elf64_Rela rela;
        memcpy(&rela, bytes + i * sizeof(rela), sizeof(rela));
        if (ELF64_R_TYPE(rela.r_info) != R_X86_64_RELATIVE) {
            mpk_find(judge, MPK_RULE_TABLE_SHAPE, vaddr + i * sizeof(rela), sizeof(rela),
                     "entry %" PRIu64 " of DT_RELA is counted by DT_RELACOUNT but not R_X86_64_RELATIVE", i);
            return;
        }
    }
}

// Written by ld.so when it binds lazily, which mpk-run forbids; checked all the same.
static void check_got(struct mpk_judge *judge) {
    uint64_t vaddr;
    const char *reason;
    // Its second and third word; the first is the linker's.
    if (mpk_elf_dynamic_value(judge->elf, DT_PLTGOT, &vaddr) &&
        (reason = mpk_refuse_target(judge->elf, vaddr, 24)))
        mpk_find(judge, MPK_RULE_RELOCATION_TARGET, vaddr, 0, "DT_PLTGOT is %s", reason);
    if (mpk_elf_dynamic_value(judge->elf, DT_TLSDESC_GOT, &vaddr) &&
        (reason = mpk_refuse_target(judge->elf, vaddr, 8)))
        mpk_find(judge, MPK_RULE_RELOCATION_TARGET, vaddr, 0, "DT_TLSDESC_GOT is %s", reason);
}

void mpk_check_tables(struct mpk_judge *judge) {
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        check_table(judge, &tables[i]);
    uint64_t value;
    bool plt = mpk_elf_dynamic_value(judge->elf, DT_JMPREL, &value);
    bool plt_type = mpk_elf_dynamic_value(judge->elf, DT_PLTREL, &value);
    if (plt != plt_type || (plt_type && value != DT_RELA))
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, MPK_NOWHERE, 0,
                 "DT_JMPREL and DT_PLTREL do not describe a DT_RELA table");
    check_relative_count(judge);
    check_got(judge);
}
