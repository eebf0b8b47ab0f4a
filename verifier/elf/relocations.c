// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Relocations: only types whose effect is known, and no write outside the object's own writable data.
// Anything else is a program that ld.so runs for the client before the seal (A51).

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"

static void each_rela_of(const struct mpk_elf *elf, int64_t tag, int64_t size_tag, mpk_rela_visit visit,
                         void *context) {
    uint64_t vaddr;
    uint64_t size;
    if (!mpk_elf_dynamic_value(elf, tag, &vaddr) || !mpk_elf_dynamic_value(elf, size_tag, &size))
        return;
    const unsigned char *bytes = mpk_elf_at(elf, vaddr, size);
    if (bytes == NULL)
        return; // mpk_check_tables reports it
    for (uint64_t at = 0; size - at >= sizeof(Elf64_Rela); at += sizeof(Elf64_Rela)) {
        Elf64_Rela rela;
        memcpy(&rela, bytes + at, sizeof(rela));
        visit(context, &rela, vaddr + at);
    }
}

void mpk_elf_each_rela(const struct mpk_elf *elf, mpk_rela_visit visit, void *context) {
    each_rela_of(elf, DT_RELA, DT_RELASZ, visit, context);
    each_rela_of(elf, DT_JMPREL, DT_PLTRELSZ, visit, context);
}

// The size of the object's own symbol: a COPY writes at most that, whatever the definition says.
static uint64_t copied_bytes(const struct mpk_elf *elf, const Elf64_Rela *rela) {
    uint64_t table;
    const unsigned char *bytes = NULL;
    if (mpk_elf_dynamic_value(elf, DT_SYMTAB, &table))
        bytes = mpk_elf_at(elf, table + ELF64_R_SYM(rela->r_info) * sizeof(Elf64_Sym), sizeof(Elf64_Sym));
    if (bytes == NULL)
        return UINT64_MAX; // fits nowhere
    Elf64_Sym symbol;
    memcpy(&symbol, bytes, sizeof(symbol));
    return symbol.st_size;
}

// Whether the type is allowed, and how many bytes ld.so writes for it (elf_machine_rela of glibc).
static bool is_allowed(const struct mpk_elf *elf, const Elf64_Rela *rela, uint64_t *size) {
    *size = 8;
    switch (ELF64_R_TYPE(rela->r_info)) {
    case R_X86_64_64:
    case R_X86_64_GLOB_DAT:
    case R_X86_64_JUMP_SLOT:
    case R_X86_64_RELATIVE:
    case R_X86_64_DTPMOD64:
    case R_X86_64_DTPOFF64:
    case R_X86_64_TPOFF64:
        return true;
    case R_X86_64_TLSDESC:
        *size = 16;
        return true;
    case R_X86_64_COPY:
        *size = copied_bytes(elf, rela);
        return true;
    default:
        return false;
    }
}

static const char *type_name(uint64_t type) {
    switch (type) {
    case R_X86_64_PC32:
        return "R_X86_64_PC32";
    case R_X86_64_32:
        return "R_X86_64_32";
    case R_X86_64_SIZE32:
        return "R_X86_64_SIZE32";
    case R_X86_64_SIZE64:
        return "R_X86_64_SIZE64";
    case R_X86_64_IRELATIVE:
        return "R_X86_64_IRELATIVE";
    default:
        return "unknown";
    }
}

// NULL if a relocation may write there; else why not.
const char *mpk_refuse_target(const struct mpk_elf *elf, uint64_t vaddr, uint64_t size) {
    const Elf64_Phdr *load = mpk_elf_load_of(elf, vaddr, size);
    if (load == NULL)
        return "not inside one PT_LOAD of the object";
    if ((load->p_flags & PF_W) == 0)
        return "in a PT_LOAD that is not writable";
    const Elf64_Phdr *dynamic = mpk_elf_phdr(elf, PT_DYNAMIC, 0);
    if (dynamic != NULL && vaddr < dynamic->p_vaddr + dynamic->p_memsz && dynamic->p_vaddr < vaddr + size)
        return "in the dynamic section";
    return NULL;
}

static void check_rela(void *context, const Elf64_Rela *rela, uint64_t vaddr) {
    struct mpk_judge *judge = context;
    uint64_t type = ELF64_R_TYPE(rela->r_info);
    if (type == R_X86_64_NONE)
        return;
    uint64_t size;
    if (!is_allowed(judge->elf, rela, &size)) {
        mpk_find(judge, MPK_RULE_RELOCATION_TYPE, vaddr, sizeof(*rela),
                 "relocation of type %" PRIu64 " (%s) is not allowed", type, type_name(type));
        return;
    }
    const char *reason = mpk_refuse_target(judge->elf, rela->r_offset, size);
    if (reason != NULL)
        mpk_find(judge, MPK_RULE_RELOCATION_TARGET, vaddr, sizeof(*rela),
                 "relocation of type %" PRIu64 " writes %" PRIu64 " bytes at %#" PRIx64 ", %s", type, size,
                 rela->r_offset, reason);
}

static void check_relr_target(struct mpk_judge *judge, uint64_t target, uint64_t entry_vaddr) {
    const char *reason = mpk_refuse_target(judge->elf, target, 8);
    if (reason != NULL)
        mpk_find(judge, MPK_RULE_RELOCATION_TARGET, entry_vaddr, 8,
                 "DT_RELR writes 8 bytes at %#" PRIx64 ", %s", target, reason);
}

// Expands DT_RELR as ld.so does (gABI, "Relative relocation table").
static void check_relr(struct mpk_judge *judge) {
    uint64_t vaddr;
    uint64_t size;
    if (!mpk_elf_dynamic_value(judge->elf, DT_RELR, &vaddr) ||
        !mpk_elf_dynamic_value(judge->elf, DT_RELRSZ, &size))
        return;
    const unsigned char *bytes = mpk_elf_at(judge->elf, vaddr, size);
    if (bytes == NULL)
        return;
    // ld.so adds the load address to an address entry, but begins with the absolute address 0.
    bool has_address = false;
    uint64_t where = 0;
    for (uint64_t at = 0; size - at >= 8; at += 8) {
        uint64_t entry;
        memcpy(&entry, bytes + at, sizeof(entry));
        if ((entry & 1) == 0) {
            check_relr_target(judge, entry, vaddr + at);
            where = entry + 8;
            has_address = true;
            continue;
        }
        if (!has_address) {
            mpk_find(judge, MPK_RULE_RELOCATION_TARGET, vaddr + at, 8,
                     "DT_RELR has a bitmap before any address: it writes at no address of the object");
            return;
        }
        for (unsigned bit = 1; bit < 64; bit++) {
            if ((entry >> bit & 1) != 0)
                check_relr_target(judge, where + 8 * (uint64_t)(bit - 1), vaddr + at);
        }
        where += (uint64_t)63 * 8;
    }
}

void mpk_check_relocations(struct mpk_judge *judge) {
    mpk_elf_each_rela(judge->elf, check_rela, judge);
    check_relr(judge);
}
