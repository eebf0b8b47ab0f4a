// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Versions of symbols, as far as --bind needs them: which one a reference wants, and whether ld.so would take
// a library's definition for it (glibc, check_match in elf/dl-lookup.c). The records are those of the gABI's
// "Symbol Versioning"; all of them are read through bounds checks.

#include <string.h>

#include "bind.h"
#include "elf-private.h"

#define HIDDEN 0x8000u
#define INDEX 0x7fffu
// More records than there are indexes: a chain that comes back to itself.
#define RECORDS_MAX 0x10000u
// From this index on an unversioned reference takes the default version alone.
#define FIRST_NAMED 3u

static bool read_at(const struct mpk_elf *elf, uint64_t vaddr, void *to, size_t size) {
    const unsigned char *bytes = mpk_elf_at(elf, vaddr, size);
    if (bytes != NULL)
        memcpy(to, bytes, size);
    return bytes != NULL;
}

bool bind_version_place(const struct mpk_elf *elf, size_t symbol, uint64_t *vaddr, uint16_t *index) {
    uint64_t table;
    if (!mpk_elf_dynamic_value(elf, DT_VERSYM, &table))
        return false;
    *vaddr = table + symbol * sizeof(*index);
    return read_at(elf, *vaddr, index, sizeof(*index));
}

void bind_version_set(struct rewrite *rw, size_t symbol, uint16_t index) {
    uint64_t vaddr;
    uint64_t offset;
    uint16_t old;
    if (bind_version_place(rw->elf, symbol, &vaddr, &old) && mpk_elf_offset(rw->elf, vaddr, &offset))
        memcpy(rw->file + offset, &index, sizeof(index));
}

static bool find_needed(const struct mpk_elf *elf, uint64_t vaddr, unsigned index,
                        struct bind_version *found) {
    Elf64_Verneed need;
    Elf64_Vernaux aux;
    unsigned records = 0;
    for (; records < RECORDS_MAX && read_at(elf, vaddr, &need, sizeof(need)); vaddr += need.vn_next) {
        uint64_t at = vaddr + need.vn_aux;
        for (; records++ < RECORDS_MAX && read_at(elf, at, &aux, sizeof(aux)); at += aux.vna_next) {
            if ((aux.vna_other & INDEX) == index) {
                *found = (struct bind_version){.name = mpk_elf_string(elf, aux.vna_name),
                                               .file = mpk_elf_string(elf, need.vn_file),
                                               .hidden = (aux.vna_other & HIDDEN) != 0};
                return true;
            }
            if (aux.vna_next == 0)
                break;
        }
        if (need.vn_next == 0)
            break;
    }
    return false;
}

struct bind_version bind_version_wanted(const struct mpk_elf *elf, size_t symbol) {
    struct bind_version wanted = {.name = NULL};
    uint64_t vaddr;
    uint16_t index;
    if (bind_version_place(elf, symbol, &vaddr, &index) && (index & INDEX) > VER_NDX_GLOBAL &&
        mpk_elf_dynamic_value(elf, DT_VERNEED, &vaddr) && !find_needed(elf, vaddr, index & INDEX, &wanted))
        wanted.name = NULL;
    return wanted;
}

// The name of a version that the library defines; NULL for its base version and for an unknown one.
static const char *defined_name(const struct mpk_elf *library, unsigned index) {
    Elf64_Verdef def;
    Elf64_Verdaux aux;
    uint64_t vaddr;
    if (!mpk_elf_dynamic_value(library, DT_VERDEF, &vaddr))
        return NULL;
    for (unsigned i = 0; i < RECORDS_MAX && read_at(library, vaddr, &def, sizeof(def)); i++) {
        if ((def.vd_ndx & INDEX) == index && (def.vd_flags & VER_FLG_BASE) == 0 &&
            read_at(library, vaddr + def.vd_aux, &aux, sizeof(aux)))
            return mpk_elf_string(library, aux.vda_name);
        if (def.vd_next == 0)
            return NULL;
        vaddr += def.vd_next;
    }
    return NULL;
}

bool bind_version_fits(const struct bind_version *wanted, const struct mpk_elf *library, size_t symbol) {
    uint64_t vaddr;
    uint16_t index;
    if (!bind_version_place(library, symbol, &vaddr, &index))
        return true;
    if (wanted->name == NULL)
        return (index & INDEX) < FIRST_NAMED || (index & HIDDEN) == 0;
    const char *name = defined_name(library, index & INDEX);
    if (name != NULL && strcmp(name, wanted->name) == 0)
        return true;
    return name == NULL && !wanted->hidden && (index & HIDDEN) == 0;
}
