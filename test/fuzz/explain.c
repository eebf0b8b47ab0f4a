// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties: whatever sections, symbols, unwind tables and code a file claims to have, explaining its
// findings reads nothing outside of it, does not overflow or hang, leaves every string ended, and can be
// printed.
//
// What mpk_explain does in its child process, without the child; the source line, which is libdw's work
// alone, is left out. The child frees nothing, so this does.

#include "fuzz.h"

#include <string.h>

#include "explain-private.h"
#include "report.h"
#include "unlinked.h"

#define FINDINGS_MAX 16

struct collected {
    struct mpk_finding findings[FINDINGS_MAX];
    size_t count;
};

// Room is kept for a hit; others have little to explain.
static void collect(void *context, const struct mpk_finding *finding) {
    struct collected *collected = context;
    bool is_hit = finding->rule == MPK_RULE_WRPKRU || finding->rule == MPK_RULE_XRSTOR;
    size_t at = collected->count < FINDINGS_MAX ? collected->count++ : FINDINGS_MAX - 1;
    if (at < FINDINGS_MAX - 1 || is_hit)
        collected->findings[at] = *finding;
}

static void check_string(const char *string, size_t size) {
    const char *end = memchr(string, '\0', size);
    FUZZ_CHECK(end != NULL);
    for (; string < end; string++)
        FUZZ_CHECK((unsigned char)*string >= 0x20 && *string != 0x7f);
}

static void check_explanation(const struct mpk_explanation *explanation) {
    check_string(explanation->section, sizeof(explanation->section));
    check_string(explanation->symbol, sizeof(explanation->symbol));
    check_string(explanation->what, sizeof(explanation->what));
    check_string(explanation->remedy, sizeof(explanation->remedy));
    FUZZ_CHECK(explanation->line_count <= MPK_LINES_MAX);
    for (size_t i = 0; i < explanation->line_count; i++) {
        const struct mpk_line *line = &explanation->lines[i];
        check_string(line->text, sizeof(line->text));
        FUZZ_CHECK(line->size <= sizeof(line->bytes));
    }
}

static void print(const struct mpk_finding *finding, const struct mpk_explanation *explanation) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    FUZZ_CHECK(stream != NULL);
    mpk_report_text(stream, "fuzz", finding, explanation);
    FUZZ_CHECK(fclose(stream) == 0);
    FUZZ_CHECK(size > 0 && memchr(text, '\0', size) == NULL);
    free(text);
}

static void explain(const struct mpk_elf *elf, const struct collected *collected) {
    struct landmarks marks;
    if (!mpk_landmarks_open(&marks, elf))
        return;
    mpk_landmarks_collect(&marks);
    for (size_t i = 0; i < collected->count; i++) {
        struct mpk_explanation explanation = {0};
        struct explaining state = {.marks = &marks, .finding = &collected->findings[i], .out = &explanation};
        mpk_explain_finding(&state);
        check_explanation(&explanation);
        print(&collected->findings[i], &explanation);
    }
    free(marks.sections);
    free(marks.symbols);
    free(marks.frames);
    elf_end(marks.libelf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static struct collected collected;
    const struct mpk_policy policy = {.kind = MPK_KIND_MAIN};
    struct mpk_elf_error error;
    int fd = fuzz_file(bytes, size);
    struct mpk_elf *elf = mpk_elf_open_fd(fd, "fuzz", &error);
    if (elf == NULL)
        elf = mpk_elf_open_relocatable(fd, "fuzz", &error);
    close(fd);
    if (elf == NULL)
        return 0;
    collected.count = 0;
    FUZZ_CHECK(mpk_elf_judge(elf, &policy, collect, &collected));
    explain(elf, &collected);
    mpk_elf_close(elf);
    return 0;
}
