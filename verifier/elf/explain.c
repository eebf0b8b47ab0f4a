// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Explains findings in a child process, which libelf, libdw and Zydis may crash. See explain.h.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explain-private.h"

#define CHILD_SECONDS 10
#define CHILD_MEMORY ((rlim_t)2 << 30) // bytes, beyond what the process has already

static bool is_printable(const char *string) {
    for (const char *at = string; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at == 0x7f)
            return false; // no terminal escapes out of a hostile file
    }
    return true;
}

void mpk_copy_string(char *to, size_t size, const char *from) {
    if (from != NULL && is_printable(from))
        snprintf(to, size, "%s", from);
}

static bool is_hit(const struct mpk_finding *finding) {
    return (finding->rule == MPK_RULE_WRPKRU || finding->rule == MPK_RULE_XRSTOR) && finding->size != 0 &&
           finding->size <= 4;
}

// The section at the address; or else the one at the file offset, whose bytes are mapped a second time at the
// address, because they share a page of the file with an executable segment.
static void find_section(struct explaining *state) {
    const struct mpk_finding *finding = state->finding;
    state->place = state->marks->is_unlinked ? finding->offset : finding->vaddr;
    uint64_t at = 0;
    if (state->place != MPK_NOWHERE)
        state->section = mpk_section_at(state->marks, state->place);
    if (state->section != NULL) {
        at = state->place - state->section->place;
    } else if (finding->offset != MPK_NOWHERE) {
        state->section = mpk_section_at_offset(state->marks, finding->offset);
        at = state->section != NULL ? finding->offset - state->section->offset : 0;
    }
    if (state->section == NULL)
        return;
    state->place = state->section->place + at;
    state->out->section_offset = at;
    mpk_copy_string(state->out->section, sizeof(state->out->section), state->section->name);
}

static void explain_finding(struct explaining *state) {
    find_section(state);
    if (!is_hit(state->finding) || state->place == MPK_NOWHERE)
        return;
    state->symbol = mpk_symbol_at(state->marks, state->section, state->place);
    // What lies behind the end of the nearest symbol is not of it.
    if (state->symbol.name != NULL &&
        (state->symbol.size == 0 || mpk_symbol_covers(&state->symbol, state->place))) {
        mpk_copy_string(state->out->symbol, sizeof(state->out->symbol), state->symbol.name);
        state->out->symbol_offset = state->place - state->symbol.place;
    }
    mpk_explain_bytes(state);
}

// --- The child ---------------------------------------------------------------------------------------------

// Bytes that are mapped and writable by now, by the kernel's count (sixth field, proc(5)); 0 if that is
// unknown.
static rlim_t data_size(void) {
    char text[256] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    char *at = text;
    for (int field = 0; size > 0 && field < 5; field++)
        (void)strtoul(at, &at, 10);
    return (rlim_t)strtoul(at, NULL, 10) * MPK_PAGE;
}

static void limit_child(void) {
    struct rlimit none = {0, 0};
    struct rlimit seconds = {CHILD_SECONDS, CHILD_SECONDS};
    rlim_t data = data_size();
    struct rlimit memory = {data + CHILD_MEMORY, data + CHILD_MEMORY};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_FSIZE, &none);
    setrlimit(RLIMIT_CPU, &seconds);
    if (data != 0)
        setrlimit(RLIMIT_DATA, &memory);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(2 * CHILD_SECONDS);
    signal(SIGALRM, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
}

// libdwfl wants a file of a relocatable object, to lay it out.
static int copy_file(const struct mpk_elf *elf) {
    size_t size;
    const unsigned char *file = mpk_elf_file(elf, &size);
    int fd = memfd_create("object", MFD_CLOEXEC);
    while (fd >= 0 && size > 0) {
        ssize_t done = write(fd, file, size);
        if (done <= 0)
            return -1;
        file += done;
        size -= (size_t)done;
    }
    return fd;
}

static void explain_each(struct explaining *states, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!mpk_symbol_covers(&states[i].symbol, states[i].place))
            explain_finding(&states[i]);
    }
}

static void explain_here(const struct mpk_elf *elf, const struct mpk_finding *findings, size_t count,
                         struct mpk_explanation *explanations, int fd) {
    struct landmarks marks;
    struct explaining *states = calloc(count, sizeof(*states));
    bool has_hit = false;
    if (states == NULL || !mpk_landmarks_open(&marks, elf))
        return;
    for (size_t i = 0; i < count; i++) {
        states[i] = (struct explaining){.marks = &marks, .finding = &findings[i], .out = &explanations[i]};
        has_hit = has_hit || is_hit(&findings[i]);
    }
    if (has_hit)
        mpk_landmarks_collect(&marks);
    explain_each(states, count);
    if (!has_hit)
        return;
    size_t symbols = marks.symbol_count;
    struct debug_info *debug = mpk_debug_open(&marks, fd);
    if (marks.symbol_count > symbols)
        explain_each(states, count);
    if (debug != NULL)
        mpk_debug_explain(debug, states, count);
}

// --- The parent --------------------------------------------------------------------------------------------

static void clean_string(char *string, size_t size) {
    string[size - 1] = '\0';
    if (!is_printable(string))
        string[0] = '\0';
}

// The child may have died in the middle of a write, or of something worse.
static void clean(struct mpk_explanation *explanation) {
    clean_string(explanation->section, sizeof(explanation->section));
    clean_string(explanation->symbol, sizeof(explanation->symbol));
    clean_string(explanation->source, sizeof(explanation->source));
    clean_string(explanation->what, sizeof(explanation->what));
    clean_string(explanation->remedy, sizeof(explanation->remedy));
    if ((unsigned)explanation->hit_class > MPK_CLASS_PADDING)
        explanation->hit_class = MPK_CLASS_NONE;
    if (explanation->line_count > MPK_LINES_MAX)
        explanation->line_count = 0;
    for (size_t i = 0; i < MPK_LINES_MAX; i++) {
        struct mpk_line *line = &explanation->lines[i];
        clean_string(line->text, sizeof(line->text));
        line->size = line->size <= sizeof(line->bytes) ? line->size : sizeof(line->bytes);
        line->mark = line->mark <= line->size ? line->mark : line->size;
        line->marked = line->mark + line->marked <= line->size ? line->marked : line->size - line->mark;
    }
}

void mpk_explain_all(const struct mpk_elf *elf, const struct mpk_finding *findings, size_t count,
                     struct mpk_explanation *explanations) {
    memset(explanations, 0, count * sizeof(*explanations));
    if (count == 0)
        return;
    struct mpk_explanation *shared =
        mmap(NULL, count * sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        int fd = mpk_elf_type(elf) == ET_REL ? copy_file(elf) : -1;
        limit_child();
        explain_here(elf, findings, count, shared, fd);
        _exit(0);
    }
    while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    if (child > 0)
        memcpy(explanations, shared, count * sizeof(*shared));
    munmap(shared, count * sizeof(*shared));
    for (size_t i = 0; i < count; i++)
        clean(&explanations[i]);
}

void mpk_explain(const struct mpk_elf *elf, const struct mpk_finding *finding,
                 struct mpk_explanation *explanation) {
    mpk_explain_all(elf, finding, 1, explanation);
}
