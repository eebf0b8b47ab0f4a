// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Section, symbol and source line of a finding, by libelf and libdw, in a child process. See explain.h.

#include <elfutils/libdw.h>
#include <errno.h>
#include <gelf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explain-private.h"

#define CHILD_SECONDS 5

static bool is_printable(const char *string) {
    for (const char *at = string; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at == 0x7f)
            return false; // no terminal escapes out of a hostile file
    }
    return true;
}

static void copy_string(char *to, size_t size, const char *from) {
    if (from != NULL && is_printable(from))
        snprintf(to, size, "%s", from);
}

static bool find_section(struct explaining *state, bool by_address) {
    const struct mpk_finding *finding = state->finding;
    size_t names;
    Elf_Scn *section = NULL;
    if (elf_getshdrstrndx(state->libelf, &names) != 0)
        return false;
    while ((section = elf_nextscn(state->libelf, section)) != NULL) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == NULL || header.sh_type == SHT_NOBITS || header.sh_size == 0 ||
            (by_address && (header.sh_flags & SHF_ALLOC) == 0))
            continue;
        uint64_t start = by_address ? header.sh_addr : header.sh_offset;
        uint64_t place = by_address ? finding->vaddr : finding->offset;
        if (place == MPK_NOWHERE || place < start || place - start >= header.sh_size)
            continue;
        copy_string(state->out->section, sizeof(state->out->section),
                    elf_strptr(state->libelf, names, header.sh_name));
        state->out->section_offset = place - start;
        state->has_section = true;
        state->section_start = header.sh_addr;
        state->vaddr = header.sh_addr + (place - start);
        state->is_code = by_address && (header.sh_flags & SHF_EXECINSTR) != 0;
        return true;
    }
    return false;
}

// The section at the address; or else the one at the file offset, whose bytes are mapped a second time at the
// address, because they share a page of the file with an executable segment.
static void explain_section(struct explaining *state) {
    state->vaddr = state->finding->vaddr;
    if (!find_section(state, true))
        (void)find_section(state, false);
}

// The symbol that covers the address, or else the nearest one below in the same section.
static void explain_symbol_table(struct explaining *state, Elf_Scn *section, const GElf_Shdr *header) {
    Elf_Data *data = elf_getdata(section, NULL);
    uint64_t vaddr = state->vaddr;
    size_t count = data != NULL && header->sh_entsize != 0 ? data->d_size / header->sh_entsize : 0;
    for (size_t i = 1; i < count; i++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, (int)i, &symbol) == NULL || symbol.st_shndx == SHN_UNDEF || symbol.st_name == 0)
            continue;
        unsigned type = GELF_ST_TYPE(symbol.st_info);
        if (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE && type != STT_GNU_IFUNC)
            continue;
        if (symbol.st_value > vaddr || (state->has_section && symbol.st_value < state->section_start))
            continue;
        bool covers = vaddr - symbol.st_value < symbol.st_size;
        if (state->symbol_covers && !covers)
            continue;
        if (state->has_symbol && state->symbol_covers == covers && symbol.st_value <= state->symbol_start)
            continue;
        const char *name = elf_strptr(state->libelf, header->sh_link, symbol.st_name);
        if (name == NULL || name[0] == '\0')
            continue;
        copy_string(state->out->symbol, sizeof(state->out->symbol), name);
        state->has_symbol = true;
        state->symbol_covers = covers;
        state->symbol_is_code = type == STT_FUNC || type == STT_GNU_IFUNC;
        state->symbol_start = symbol.st_value;
        state->out->symbol_offset = vaddr - symbol.st_value;
    }
}

static void explain_symbol(struct explaining *state) {
    Elf_Scn *section = NULL;
    while ((section = elf_nextscn(state->libelf, section)) != NULL) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) != NULL &&
            (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
            explain_symbol_table(state, section, &header);
    }
}

// By a walk over all units: clang writes no .debug_aranges.
static void explain_source(struct explaining *state) {
    Dwarf *dwarf = dwarf_begin_elf(state->libelf, DWARF_C_READ, NULL);
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    while (dwarf != NULL && dwarf_get_units(dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
        if (dwarf_haspc(&die, state->finding->vaddr) != 1)
            continue;
        Dwarf_Line *line = dwarf_getsrc_die(&die, state->finding->vaddr);
        const char *file = line != NULL ? dwarf_linesrc(line, NULL, NULL) : NULL;
        int number = 0;
        if (file != NULL && is_printable(file) && dwarf_lineno(line, &number) == 0)
            snprintf(state->out->source, sizeof(state->out->source), "%s:%d", file, number);
        break;
    }
    dwarf_end(dwarf);
}

static void explain_here(const struct mpk_elf *elf, const struct mpk_finding *finding,
                         struct mpk_explanation *explanation) {
    size_t size;
    // libelf wants a pointer to non-const, but opened for reading it writes nothing there.
    char *image = (char *)(uintptr_t)mpk_elf_file(elf, &size);
    struct explaining state = {.elf = elf, .finding = finding, .out = explanation};
    if (elf_version(EV_CURRENT) == EV_NONE)
        return;
    state.libelf = elf_memory(image, size);
    if (state.libelf == NULL)
        return;
    bool is_hit = finding->rule == MPK_RULE_WRPKRU || finding->rule == MPK_RULE_XRSTOR;
    explain_section(&state);
    if (is_hit) {
        explain_symbol(&state);
        mpk_explain_bytes(&state);
        explain_source(&state);
    }
    elf_end(state.libelf);
}

static void limit_child(void) {
    struct rlimit none = {0, 0};
    struct rlimit seconds = {CHILD_SECONDS, CHILD_SECONDS};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    setrlimit(RLIMIT_CPU, &seconds);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(2 * CHILD_SECONDS);
    signal(SIGALRM, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
}

static void write_all(int fd, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t done = write(fd, at, size);
        if (done <= 0)
            return;
        at += done;
        size -= (size_t)done;
    }
}

static bool read_all(int fd, void *bytes, size_t size) {
    char *at = bytes;
    while (size > 0) {
        ssize_t done = read(fd, at, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        size -= (size_t)done;
    }
    return true;
}

void mpk_explain(const struct mpk_elf *elf, const struct mpk_finding *finding,
                 struct mpk_explanation *explanation) {
    int pipe_ends[2];
    memset(explanation, 0, sizeof(*explanation));
    if (pipe2(pipe_ends, O_CLOEXEC) != 0)
        return;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        limit_child();
        explain_here(elf, finding, explanation);
        write_all(pipe_ends[1], explanation, sizeof(*explanation));
        _exit(0);
    }
    close(pipe_ends[1]);
    struct mpk_explanation answer;
    if (child > 0 && read_all(pipe_ends[0], &answer, sizeof(answer)))
        *explanation = answer;
    close(pipe_ends[0]);
    if (child > 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}
