// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vault image: what MPKGate's own loader (verifier/runtime/image.c) maps, relocates and runs below LIMIT.
// It has no libraries, no start-up and no symbols to resolve, so an image that needs any is refused.

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"
#include "vault-abi.h"

#define HEADERS_MAX 32                  // program headers that the loader takes
#define ADDRESS_MAX ((uint64_t)1 << 30) // of a PT_LOAD
#define SEGMENT_MAX ((uint64_t)1 << 30) // bytes of a PT_LOAD

static void check_image_segments(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    if (elf->phdr_count > HEADERS_MAX)
        mpk_find_in_file(judge, MPK_RULE_VAULT_IMAGE, offsetof(Elf64_Ehdr, e_phnum),
                         "the image has %zu program headers; its loader takes %d", elf->phdr_count,
                         HEADERS_MAX);
    if (mpk_elf_phdr(elf, PT_INTERP, 0) != NULL)
        mpk_find_in_file(judge, MPK_RULE_VAULT_IMAGE, elf->header.e_phoff,
                         "the image has a PT_INTERP: it is a program");
    if (mpk_elf_phdr(elf, PT_TLS, 0) != NULL)
        mpk_find_in_file(judge, MPK_RULE_VAULT_IMAGE, elf->header.e_phoff,
                         "the image has thread-local storage (PT_TLS)");
    for (size_t i = 0; i < elf->load_count; i++) {
        if (elf->loads[i].p_vaddr > ADDRESS_MAX || elf->loads[i].p_memsz > SEGMENT_MAX)
            mpk_find(judge, MPK_RULE_VAULT_IMAGE, elf->loads[i].p_vaddr, 0,
                     "PT_LOAD %zu (address %#" PRIx64 ", %#" PRIx64
                     " bytes) is larger than the loader of images takes",
                     i, elf->loads[i].p_vaddr, elf->loads[i].p_memsz);
    }
}

static void check_image_tags(struct mpk_judge *judge) {
    static const int64_t refused[] = {DT_NEEDED,        DT_INIT,  DT_FINI,     DT_INIT_ARRAY, DT_FINI_ARRAY,
                                      DT_PREINIT_ARRAY, DT_AUDIT, DT_DEPAUDIT, DT_AUXILIARY,  DT_FILTER};
    static const int64_t tables[] = {DT_JMPREL, DT_REL, DT_RELR};
    char buffer[32];
    uint64_t value;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (!mpk_elf_dynamic_value(judge->elf, refused[i], &value))
            continue;
        const char *library =
            refused[i] == DT_NEEDED ? mpk_elf_dynamic_string(judge->elf, DT_NEEDED, 0) : NULL;
        mpk_find(judge, MPK_RULE_VAULT_IMAGE, MPK_NOWHERE, 0, "the image has %s%s%.100s",
                 mpk_tag_name(refused[i], buffer, sizeof(buffer)), library != NULL ? ": it needs " : "",
                 library != NULL ? library : "");
    }
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (mpk_elf_dynamic_value(judge->elf, tables[i], &value))
            mpk_find(judge, MPK_RULE_VAULT_RELOCATION, MPK_NOWHERE, 0,
                     "the image has %s, a table that its loader does not apply",
                     mpk_tag_name(tables[i], buffer, sizeof(buffer)));
    }
}

static void check_image_rela(void *context, const Elf64_Rela *rela, uint64_t vaddr) {
    struct mpk_judge *judge = context;
    uint64_t type = ELF64_R_TYPE(rela->r_info);
    if (type != R_X86_64_RELATIVE) {
        mpk_find(judge, MPK_RULE_VAULT_RELOCATION, vaddr, sizeof(*rela),
                 "relocation of type %" PRIu64 " is not R_X86_64_RELATIVE", type);
        return;
    }
    const char *reason = mpk_refuse_target(judge->elf, rela->r_offset, 8);
    if (reason != NULL)
        mpk_find(judge, MPK_RULE_RELOCATION_TARGET, vaddr, sizeof(*rela),
                 "R_X86_64_RELATIVE writes 8 bytes at %#" PRIx64 ", %s", rela->r_offset, reason);
}

static void check_image_symbols(struct mpk_judge *judge) {
    struct mpk_symbols symbols;
    judge->no_memory = judge->no_memory || !mpk_symbols_find(judge->elf, &symbols, judge);
    for (size_t i = 1; i < symbols.limit && symbols.reach != NULL; i++) {
        if (symbols.reach[i] == 0)
            continue;
        Elf64_Sym symbol = mpk_symbols_get(judge->elf, &symbols, i);
        const char *name = mpk_elf_string(judge->elf, symbol.st_name);
        uint64_t vaddr = symbols.table + i * sizeof(symbol);
        name = name != NULL ? name : "(no name)";
        if (ELF64_ST_TYPE(symbol.st_info) == STT_GNU_IFUNC)
            mpk_find(judge, MPK_RULE_IFUNC, vaddr, sizeof(symbol),
                     "%.100s is an indirect function (STT_GNU_IFUNC)", name);
        if (!mpk_symbol_defines(&symbol))
            mpk_find(judge, MPK_RULE_VAULT_IMAGE, vaddr, sizeof(symbol), "the image needs the symbol %.100s",
                     name);
    }
    mpk_symbols_free(&symbols);
}

static void check_image_header(struct mpk_judge *judge) {
    struct mpk_symbol symbol;
    uint64_t magic = 0;
    const unsigned char *bytes = NULL;
    if (mpk_elf_symbol(judge->elf, MPKGATE_VAULT_SYMBOL, &symbol))
        bytes = mpk_elf_at(judge->elf, symbol.vaddr, sizeof(struct mpkgate_vault));
    if (bytes != NULL)
        memcpy(&magic, bytes + offsetof(struct mpkgate_vault, magic), sizeof(magic));
    if (magic != MPKGATE_VAULT_MAGIC)
        mpk_find(judge, MPK_RULE_VAULT_IMAGE, MPK_NOWHERE, 0,
                 "the image does not export a vault header, " MPKGATE_VAULT_SYMBOL);
}

void mpk_check_vault(struct mpk_judge *judge) {
    check_image_segments(judge);
    check_image_tags(judge);
    mpk_elf_each_rela(judge->elf, check_image_rela, judge);
    check_image_symbols(judge);
    check_image_header(judge);
}
