// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Source lines and names from debug information: the file's own, or that of a separate file, which libdwfl
// finds and compares by build ID or checksum.

#include <elfutils/libdwfl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain-private.h"

struct debug_info {
    const struct landmarks *marks;
    Dwfl_Module *module;
    Dwarf *dwarf;
    Dwarf_Addr bias; // of addresses in the debug information
};

// libdwfl gets the bytes that were judged, not what lies at the file's path by now.
static int find_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **file_name,
                    Elf **elf) {
    (void)module;
    (void)base;
    const struct landmarks *marks = *data;
    size_t size;
    char *image = (char *)(uintptr_t)mpk_elf_file(marks->elf, &size);
    *file_name = strdup(name);
    *elf = elf_memory(image, size);
    return -1;
}

static uint64_t end_of(const struct mpk_elf *elf) {
    size_t count;
    uint64_t end = 1;
    const Elf64_Phdr *load = mpk_elf_loads(elf, &count);
    for (size_t i = 0; i < count; i++)
        end = load[i].p_vaddr + load[i].p_memsz > end ? load[i].p_vaddr + load[i].p_memsz : end;
    return end;
}

static Dwfl_Module *report_module(Dwfl *dwfl, struct landmarks *marks, int fd) {
    const char *name = mpk_elf_name(marks->elf);
    Dwfl_Module *module;
    void **data;
    size_t count;
    dwfl_report_begin(dwfl);
    if (marks->is_unlinked) {
        module = dwfl_report_offline(dwfl, name, name, fd);
    } else {
        const Elf64_Phdr *load = mpk_elf_loads(marks->elf, &count);
        module =
            dwfl_report_module(dwfl, name, load[0].p_vaddr & ~(uint64_t)(MPK_PAGE - 1), end_of(marks->elf));
        if (module != NULL && dwfl_module_info(module, &data, NULL, NULL, NULL, NULL, NULL, NULL) != NULL)
            *data = marks;
    }
    dwfl_report_end(dwfl, NULL, NULL);
    return module;
}

// Those of a separate file: a stripped one has few.
static void add_symbols(struct debug_info *debug, struct landmarks *marks) {
    int count = dwfl_module_getsymtab(debug->module);
    GElf_Addr bias;
    const Elf *own = dwfl_module_getelf(debug->module, &bias);
    for (int i = 1; i < count; i++) {
        GElf_Sym symbol = {0};
        GElf_Addr address;
        GElf_Word section;
        Elf *elf;
        const char *name = dwfl_module_getsym_info(debug->module, i, &symbol, &address, &section, &elf, NULL);
        unsigned char type = GELF_ST_TYPE(symbol.st_info);
        if (elf == own || name == NULL || name[0] == '\0' || section == SHN_UNDEF ||
            (type != STT_FUNC && type != STT_OBJECT))
            continue;
        mpk_landmarks_add_symbol(marks, &(struct place_symbol){name, address, symbol.st_size, type});
    }
}

struct debug_info *mpk_debug_open(struct landmarks *marks, int fd) {
    static const Dwfl_Callbacks callbacks = {.find_elf = find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .section_address = dwfl_offline_section_address};
    static struct debug_info opened;
    struct debug_info *debug = &opened;
    unsetenv("DEBUGINFOD_URLS"); // or libdwfl asks the network
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl == NULL)
        return NULL;
    debug->marks = marks;
    debug->module = report_module(dwfl, marks, fd);
    if (debug->module == NULL)
        return NULL;
    debug->dwarf = dwfl_module_getdwarf(debug->module, &debug->bias);
    if (!marks->is_unlinked)
        add_symbols(debug, marks);
    return debug->dwarf != NULL ? debug : NULL;
}

// libdwfl has laid out the sections of relocatable objects.
static bool address_of(struct debug_info *debug, const struct explaining *state, Dwarf_Addr *address) {
    if (!debug->marks->is_unlinked) {
        *address = state->place - debug->bias;
        return true;
    }
    Dwarf_Addr bias;
    Elf *elf = dwfl_module_getelf(debug->module, &bias);
    GElf_Shdr header;
    Elf_Scn *section = elf != NULL && state->section != NULL ? elf_getscn(elf, state->section->index) : NULL;
    if (section == NULL || gelf_getshdr(section, &header) == NULL)
        return false;
    *address = header.sh_addr + bias + (state->place - state->section->place) - debug->bias;
    return true;
}

static void explain_in_unit(struct debug_info *debug, Dwarf_Die *unit, const struct explaining *state) {
    struct mpk_explanation *out = state->out;
    Dwarf_Addr address;
    if (out->hit_class == MPK_CLASS_NONE || out->source[0] != '\0' || !address_of(debug, state, &address) ||
        dwarf_haspc(unit, address) != 1)
        return;
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    const char *file = line != NULL ? dwarf_linesrc(line, NULL, NULL) : NULL;
    int number = 0;
    if (file == NULL || dwarf_lineno(line, &number) != 0)
        return;
    mpk_copy_string(out->source, sizeof(out->source), file);
    size_t used = strlen(out->source);
    if (used > 0)
        snprintf(out->source + used, sizeof(out->source) - used, ":%d", number);
}

// By a walk over all units: clang writes no .debug_aranges.
void mpk_debug_explain(struct debug_info *debug, const struct explaining *states, size_t count) {
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    while (dwarf_get_units(debug->dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
        for (size_t i = 0; i < count; i++)
            explain_in_unit(debug, &die, &states[i]);
    }
}
