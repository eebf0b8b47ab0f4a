// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Symbol versions: chains of records that ld.so follows by their own offsets (_dl_check_map_versions), and
// indexes with which it looks into an array of its own (A51). Also: which objects are glibc's.

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"

// Follows DT_VERNEED and DT_VERDEF as ld.so does. visit may be NULL; it gets each version name. *highest is
// the highest version index. Returns NULL, or what is wrong.
typedef void (*version_visit)(void *context, const char *name);

struct walk {
    const struct mpk_elf *elf;
    version_visit visit;
    void *context;
    unsigned highest;
    unsigned records; // followed so far
};

// More records than version indexes: the chains overlap each other.
#define RECORDS_MAX 0x10000

static const char *count_record(struct walk *walk) {
    return walk->records++ < RECORDS_MAX ? NULL
                                         : "the chains of versions have more records than there are versions";
}

static void note_index(struct walk *walk, unsigned index) {
    if ((index & 0x7fff) > walk->highest)
        walk->highest = index & 0x7fff;
}

static const char *visit_name(struct walk *walk, uint64_t offset) {
    const char *name = mpk_elf_string(walk->elf, offset);
    if (name == NULL)
        return "a version name is not a string inside DT_STRTAB";
    if (walk->visit != NULL)
        walk->visit(walk->context, name);
    return NULL;
}

static const char *walk_aux(struct walk *walk, uint64_t vaddr) {
    for (;;) {
        Elf64_Vernaux aux;
        const unsigned char *bytes = mpk_elf_at(walk->elf, vaddr, sizeof(aux));
        if (bytes == NULL)
            return "a needed version lies outside the object";
        memcpy(&aux, bytes, sizeof(aux));
        note_index(walk, aux.vna_other);
        const char *wrong = visit_name(walk, aux.vna_name);
        wrong = wrong != NULL ? wrong : count_record(walk);
        if (wrong != NULL || aux.vna_next == 0)
            return wrong;
        vaddr += aux.vna_next;
    }
}

static const char *walk_needed(struct walk *walk) {
    uint64_t vaddr;
    if (!mpk_elf_dynamic_value(walk->elf, DT_VERNEED, &vaddr))
        return NULL;
    for (;;) {
        Elf64_Verneed need;
        const unsigned char *bytes = mpk_elf_at(walk->elf, vaddr, sizeof(need));
        if (bytes == NULL)
            return "DT_VERNEED leads out of the object";
        memcpy(&need, bytes, sizeof(need));
        if (need.vn_version != VER_NEED_CURRENT || mpk_elf_string(walk->elf, need.vn_file) == NULL)
            return "DT_VERNEED has a record of unknown version or without a file name";
        const char *wrong = walk_aux(walk, vaddr + need.vn_aux);
        wrong = wrong != NULL ? wrong : count_record(walk);
        if (wrong != NULL || need.vn_next == 0)
            return wrong;
        vaddr += need.vn_next;
    }
}

static const char *walk_defined(struct walk *walk) {
    uint64_t vaddr;
    if (!mpk_elf_dynamic_value(walk->elf, DT_VERDEF, &vaddr))
        return NULL;
    for (;;) {
        Elf64_Verdef def;
        Elf64_Verdaux aux;
        const unsigned char *bytes = mpk_elf_at(walk->elf, vaddr, sizeof(def));
        if (bytes == NULL)
            return "DT_VERDEF leads out of the object";
        memcpy(&def, bytes, sizeof(def));
        if (def.vd_version != VER_DEF_CURRENT)
            return "DT_VERDEF has a record of unknown version";
        note_index(walk, def.vd_ndx);
        bytes = mpk_elf_at(walk->elf, vaddr + def.vd_aux, sizeof(aux));
        if (bytes == NULL)
            return "a defined version lies outside the object";
        memcpy(&aux, bytes, sizeof(aux));
        const char *wrong = visit_name(walk, aux.vda_name);
        wrong = wrong != NULL ? wrong : count_record(walk);
        if (wrong != NULL || def.vd_next == 0)
            return wrong;
        vaddr += def.vd_next;
    }
}

// Each symbol that ld.so can reach has an index, with which ld.so looks into an array of highest + 1 entries.
static void check_indexes(struct mpk_judge *judge, uint64_t versym, unsigned highest) {
    struct mpk_symbols symbols;
    if (!mpk_symbols_find(judge->elf, &symbols, NULL)) {
        judge->no_memory = true;
        return;
    }
    for (size_t i = 0; i < symbols.limit; i++) {
        if (symbols.reach[i] == 0)
            continue;
        uint16_t index = 0;
        const unsigned char *bytes = mpk_elf_at(judge->elf, versym + 2 * i, sizeof(index));
        if (bytes != NULL)
            memcpy(&index, bytes, sizeof(index));
        if (bytes == NULL || ((index & 0x7fff) > highest && (index & 0x7fff) > VER_NDX_GLOBAL)) {
            mpk_find(judge, MPK_RULE_TABLE_SHAPE, versym + 2 * i, 2,
                     "symbol %zu has no version index in DT_VERSYM, or one above %u", i, highest);
            break;
        }
    }
    mpk_symbols_free(&symbols);
}

void mpk_check_versions(struct mpk_judge *judge) {
    struct walk walk = {.elf = judge->elf};
    const char *wrong = walk_needed(&walk);
    if (wrong == NULL)
        wrong = walk_defined(&walk);
    if (wrong != NULL) {
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, MPK_NOWHERE, 0, "%s", wrong);
        return;
    }
    uint64_t versym;
    if (mpk_elf_dynamic_value(judge->elf, DT_VERSYM, &versym))
        check_indexes(judge, versym, walk.highest);
    else if (walk.highest > 0)
        mpk_find(judge, MPK_RULE_TABLE_SHAPE, MPK_NOWHERE, 0, "there are symbol versions but no DT_VERSYM");
}

static void note_private(void *context, const char *name) {
    bool *found = context;
    if (strcmp(name, "GLIBC_PRIVATE") == 0)
        *found = true;
}

bool mpk_elf_is_glibc(const struct mpk_elf *elf) {
    bool found = false;
    struct walk walk = {.elf = elf, .visit = note_private, .context = &found};
    (void)walk_needed(&walk);
    (void)walk_defined(&walk);
    return found;
}
