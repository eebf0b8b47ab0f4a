// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Findings as text, in the shape that editors know from compilers.

#include <inttypes.h>
#include <string.h>

#include "report.h"

// Names in a hostile file must not reach the terminal as escape sequences.
static void print_clean(FILE *stream, const char *string) {
    for (; *string != '\0'; string++)
        fputc((unsigned char)*string < 0x20 || (unsigned char)*string == 0x7f ? '?' : *string, stream);
}

static void print_place(FILE *stream, const struct mpk_finding *finding,
                        const struct mpk_explanation *explanation) {
    if (explanation->section[0] != '\0')
        fprintf(stream, "%s+0x%" PRIx64 ": ", explanation->section, explanation->section_offset);
    else if (finding->offset != MPK_NOWHERE)
        fprintf(stream, "0x%" PRIx64 ": ", finding->offset);
    else
        fputc(' ', stream);
}

static void print_addresses(FILE *stream, const struct mpk_finding *finding,
                            const struct mpk_explanation *explanation) {
    if (finding->offset == MPK_NOWHERE && finding->vaddr == MPK_NOWHERE)
        return;
    fputs("  at:", stream);
    const char *separator = " ";
    if (finding->offset != MPK_NOWHERE) {
        fprintf(stream, "%soffset 0x%" PRIx64, separator, finding->offset);
        separator = ", ";
    }
    if (finding->vaddr != MPK_NOWHERE) {
        fprintf(stream, "%saddress 0x%" PRIx64, separator, finding->vaddr);
        separator = ", ";
    }
    if (explanation->symbol[0] != '\0')
        fprintf(stream, "%ssymbol %s+0x%" PRIx64, separator, explanation->symbol, explanation->symbol_offset);
    fputc('\n', stream);
}

#define BYTES_WIDTH 11 // of most instructions

static void print_line(FILE *stream, const struct mpk_line *line) {
    int indent = fprintf(stream, "  %8" PRIx64 ":", line->vaddr);
    for (unsigned i = 0; i < line->size; i++)
        fprintf(stream, " %02x", line->bytes[i]);
    int missing = line->size < BYTES_WIDTH ? BYTES_WIDTH - line->size : 0;
    if (line->text[0] != '\0')
        fprintf(stream, "%*s  %s", 3 * missing, "", line->text);
    fputc('\n', stream);
    if (line->marked == 0)
        return;
    fprintf(stream, "%*s", indent + 3 * line->mark, "");
    for (unsigned i = 0; i < line->marked; i++)
        fputs(" ^^", stream);
    fputc('\n', stream);
}

void mpk_report_text(FILE *stream, const char *path, const struct mpk_finding *finding,
                     const struct mpk_explanation *explanation) {
    const struct mpk_rule *rule = &mpk_rules[finding->rule];
    print_clean(stream, path);
    fputc(':', stream);
    print_place(stream, finding, explanation);
    fputs(finding->severity == MPK_WARNING ? "warning: " : "error: ", stream);
    print_clean(stream, finding->text);
    fprintf(stream, " [%s]\n", rule->id);
    print_addresses(stream, finding, explanation);
    if (explanation->source[0] != '\0')
        fprintf(stream, "  source: %s\n", explanation->source);
    if (explanation->what[0] != '\0')
        fprintf(stream, "  bytes: %s [%s]\n", explanation->what, mpk_class_name(explanation->hit_class));
    for (unsigned i = 0; i < explanation->line_count && i < MPK_LINES_MAX; i++)
        print_line(stream, &explanation->lines[i]);
    fprintf(stream, "  remedy: %s\n", explanation->remedy[0] != '\0' ? explanation->remedy : rule->remedy);
}
