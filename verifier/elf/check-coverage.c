// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which compilation units the pass has not seen: those of the symbol table (STT_FILE) for which there is no
// note. Only a warning: who hides a unit gains nothing by it, its machine code is judged all the same.

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elf-private.h"
#include "mpkgate-abi.h"

#define NAME_MAX_BYTES 255 // of a file's name on Linux
#define UNITS_NAMED_MAX 20 // units that get a finding of their own

// What full link-time optimisation calls the unit that it makes of all others.
#define LTO_UNIT "ld-temp.o"

struct names {
    const char **name;
    size_t count;
};

struct unit {
    const char *name;
    uint64_t first; // address of the first local function; MPK_NOWHERE if there is none
    uint64_t bytes; // of local functions; those of global ones cannot be told from other units'
};

struct units {
    struct unit *unit;
    size_t count;
};

// What the C library and the compiler add to every program and library, by the names of their symbols.
static bool is_start_up(const char *name) {
    static const char *const names[] = {
        "crt1.o",     "Scrt1.o",    "rcrt1.o",        "gcrt1.o",         "grcrt1.o",
        "Mcrt1.o",    "crti.o",     "crtn.o",         "crtbegin.o",      "crtbeginS.o",
        "crtend.o",   "crtendS.o",  "crtstuff.c",     "abi-note.c",      "init.c",
        "atexit.c",   "stat.c",     "static-reloc.c", "at_quick_exit.c", "pthread_atfork.c",
        "elf-init.c", "crtbegin.c", "crtend.c",       "crtbeginT.o",     "stack_chk_fail_local.c"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static int by_text(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int by_name(const void *left, const void *right) {
    const struct unit *a = left;
    const struct unit *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

// Counts the notes of the pass; if there is room, keeps their names too. A note without a name names nothing.
static void take_note(void *context, const struct mpk_note *note) {
    struct names *names = context;
    uint32_t head = sizeof(struct mpkgate_note);
    if (note->type != MPKGATE_NOTE_PASS || note->size < head)
        return;
    const char *name = (const char *)note->descriptor + head;
    if (names->name != NULL)
        names->name[names->count] = memchr(name, '\0', note->size - head) != NULL ? name : "";
    names->count++;
}

static bool find_notes(const struct mpk_elf *elf, struct names *names) {
    *names = (struct names){0};
    mpk_elf_each_note(elf, take_note, names);
    names->name = calloc(names->count + 1, sizeof(*names->name));
    if (names->name == NULL)
        return false;
    names->count = 0;
    mpk_elf_each_note(elf, take_note, names);
    qsort(names->name, names->count, sizeof(*names->name), by_text);
    return true;
}

// The full symbol table and its strings, by section type. False if there is none that lies in the file.
static bool find_symbol_table(const struct mpk_elf *elf, Elf64_Shdr *table, Elf64_Shdr *strings) {
    struct mpk_sections sections;
    if (!mpk_sections_read(elf, &sections))
        return false;
    for (size_t i = 1; i < sections.count; i++) {
        *table = mpk_sections_get(&sections, i);
        if (table->sh_type != SHT_SYMTAB || table->sh_link == 0 || table->sh_link >= sections.count)
            continue;
        *strings = mpk_sections_get(&sections, table->sh_link);
        return mpk_section_is_in_file(elf, table) && mpk_section_is_in_file(elf, strings);
    }
    return false;
}

static const char *symbol_name(const struct mpk_elf *elf, const Elf64_Shdr *strings,
                               const Elf64_Sym *symbol) {
    if (symbol->st_name >= strings->sh_size)
        return "";
    const char *name = (const char *)elf->file + strings->sh_offset + symbol->st_name;
    uint64_t rest = strings->sh_size - symbol->st_name;
    return memchr(name, '\0', rest < NAME_MAX_BYTES + 1 ? rest : NAME_MAX_BYTES + 1) != NULL ? name : "";
}

// Counts the units; if there is room, keeps them too. Local symbols follow the STT_FILE of their unit (gABI,
// "Symbol Table"); an STT_FILE without a name begins what the linker has added.
static void take_units(const struct mpk_elf *elf, const Elf64_Shdr *table, const Elf64_Shdr *strings,
                       struct units *units) {
    bool in_unit = false;
    for (uint64_t at = 0; table->sh_size - at >= sizeof(Elf64_Sym); at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, elf->file + table->sh_offset + at, sizeof(symbol));
        unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if (ELF64_ST_BIND(symbol.st_info) != STB_LOCAL) {
            in_unit = false;
        } else if (type == STT_FILE) {
            const char *name = symbol_name(elf, strings, &symbol);
            in_unit = name[0] != '\0' && !is_start_up(name);
            if (in_unit && units->unit != NULL)
                units->unit[units->count] = (struct unit){.name = name, .first = MPK_NOWHERE};
            units->count += in_unit;
        } else if (type == STT_FUNC && in_unit && units->unit != NULL) {
            struct unit *unit = &units->unit[units->count - 1];
            unit->first = unit->first == MPK_NOWHERE ? symbol.st_value : unit->first;
            unit->bytes += symbol.st_size;
        }
    }
}

static bool find_units(const struct mpk_elf *elf, const Elf64_Shdr *table, const Elf64_Shdr *strings,
                       struct units *units) {
    *units = (struct units){0};
    take_units(elf, table, strings, units);
    units->unit = calloc(units->count + 1, sizeof(*units->unit));
    if (units->unit == NULL)
        return false;
    units->count = 0;
    take_units(elf, table, strings, units);
    qsort(units->unit, units->count, sizeof(*units->unit), by_name);
    return true;
}

struct coverage {
    struct mpk_judge *judge;
    size_t missing;            // units without a note
    size_t spare;              // notes of units that the symbol table does not name
    const struct unit *merged; // by link-time optimisation
};

static void report_units(struct coverage *coverage, const struct unit *unit, size_t count, size_t notes) {
    coverage->missing += count - notes;
    if (coverage->missing > UNITS_NAMED_MAX)
        return;
    if (count > 1)
        mpk_find(coverage->judge, MPK_RULE_NOT_COVERED, unit->first, 0,
                 "%zu units are named %.100s, and %zu of them were compiled with MPKGate.so", count,
                 unit->name, notes);
    else if (unit->bytes > 0)
        mpk_find(coverage->judge, MPK_RULE_NOT_COVERED, unit->first, 0,
                 "%.100s was not compiled with MPKGate.so: %" PRIu64 " bytes in local functions alone",
                 unit->name, unit->bytes);
    else
        mpk_find(coverage->judge, MPK_RULE_NOT_COVERED, unit->first, 0,
                 "%.100s was not compiled with MPKGate.so", unit->name);
}

// Both lists are sorted by name. Every unit of a name needs a note of its own.
static void compare(struct coverage *coverage, const struct units *units, const struct names *notes) {
    size_t note = 0;
    for (size_t i = 0; i < units->count;) {
        const struct unit *unit = &units->unit[i];
        size_t count = 0;
        size_t noted = 0;
        while (i < units->count && strcmp(units->unit[i].name, unit->name) == 0) {
            i++;
            count++;
        }
        for (; note < notes->count && strcmp(notes->name[note], unit->name) < 0; note++)
            coverage->spare++;
        for (; note < notes->count && strcmp(notes->name[note], unit->name) == 0; note++)
            noted++;
        if (noted == 0 && strcmp(unit->name, LTO_UNIT) == 0)
            coverage->merged = unit;
        else if (noted < count)
            report_units(coverage, unit, count, noted);
    }
    coverage->spare += notes->count - note;
}

static void report_rest(struct coverage *coverage) {
    // Units that were merged have left their notes, and no name.
    if (coverage->merged != NULL && coverage->spare == 0)
        report_units(coverage, coverage->merged, 1, 0);
    if (coverage->missing > UNITS_NAMED_MAX)
        mpk_find(coverage->judge, MPK_RULE_NOT_COVERED, MPK_NOWHERE, 0,
                 "%zu units were not compiled with MPKGate.so; not all of them are named here",
                 coverage->missing);
}

void mpk_check_coverage(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    struct coverage coverage = {.judge = judge};
    struct names notes;
    struct units units = {0};
    Elf64_Shdr table;
    Elf64_Shdr strings;
    bool done = find_notes(elf, &notes);
    if (done && notes.count == 0) {
        mpk_find(judge, MPK_RULE_NOT_COVERED, MPK_NOWHERE, 0, "no part of it was compiled with MPKGate.so");
    } else if (done && !find_symbol_table(elf, &table, &strings)) {
        mpk_find(judge, MPK_RULE_NOT_COVERED, MPK_NOWHERE, 0,
                 "%zu units were compiled with MPKGate.so; there is no symbol table, so nobody can tell "
                 "whether all were",
                 notes.count);
    } else if (done) {
        done = find_units(elf, &table, &strings, &units);
        if (done) {
            compare(&coverage, &units, &notes);
            report_rest(&coverage);
        }
    }
    free(units.unit);
    free(notes.name);
    judge->no_memory = judge->no_memory || !done;
}
