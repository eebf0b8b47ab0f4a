// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for people: a line for each place; with --diff, its machine code before and after.

#include <inttypes.h>
#include <stdlib.h>

#include "rewrite-report.h"
#include "tool.h"
#include "utf8.h"

#define BYTES_WIDTH 11 // of most instructions
#define CLASSES (MPK_CLASS_PADDING + 1)

// note: what the instruction calls; may be empty.
static void print_line(FILE *out, char sign, const struct mpk_line *line, const char *note) {
    fprintf(out, "  %c %8" PRIx64 ":", sign, line->vaddr);
    for (unsigned i = 0; i < line->size; i++)
        fprintf(out, " %02x", line->bytes[i]);
    int missing = line->size < BYTES_WIDTH ? BYTES_WIDTH - line->size : 0;
    if (line->text[0] != '\0')
        fprintf(out, "%*s  %s", 3 * missing, "", line->text);
    if (note[0] != '\0')
        fprintf(out, "  # %s", note);
    fputc('\n', out);
}

static void print_diff(FILE *out, const struct mpk_rewrite_site *site) {
    for (uint32_t i = 0; i < site->explanation.line_count; i++)
        print_line(out, site->explanation.lines[i].marked > 0 ? '-' : ' ', &site->explanation.lines[i],
                   site->bound_from);
    for (uint32_t i = 0; i < site->after_count; i++)
        print_line(out, '+', &site->after[i], site->bound_to);
}

static void print_site(FILE *out, const char *input, const struct mpk_rewrite_site *site, bool diff) {
    const struct mpk_explanation *explanation = &site->explanation;
    fprintf(out, "%s:", input);
    if (explanation->section[0] != '\0')
        fprintf(out, "%s+0x%" PRIx64 ":", explanation->section, explanation->section_offset);
    fprintf(out, " %s at 0x%" PRIx64, site->finding.text, site->finding.vaddr);
    if (explanation->symbol[0] != '\0' && (site->finding.size > 0 || site->how == MPK_REWRITE_BOUND))
        fprintf(out, ", %s+0x%" PRIx64, explanation->symbol, explanation->symbol_offset);
    fprintf(out, ": %s", mpk_rewrite_how_name(site->how));
    if (site->finding.size > 0)
        fprintf(out, " [%s]", mpk_class_name(explanation->hit_class));
    fprintf(out, "\n  %s\n", site->text);
    if (diff)
        print_diff(out, site);
}

static void print_classes(FILE *out, const struct mpk_rewritten *result) {
    size_t all[CLASSES] = {0};
    size_t left[CLASSES] = {0};
    for (size_t i = 0; i < result->before; i++) {
        unsigned hit_class = result->sites[i].explanation.hit_class;
        if (hit_class >= CLASSES)
            continue;
        all[hit_class]++;
        left[hit_class] += result->sites[i].how == MPK_REWRITE_LEFT;
    }
    for (unsigned i = 0; i < CLASSES; i++) {
        if (all[i] > 0)
            fprintf(out, "  %s: %zu, %zu left\n", mpk_class_name((enum mpk_hit_class)i), all[i], left[i]);
    }
}

void report_text(FILE *out, const struct options *options, const struct mpk_rewritten *result) {
    char *input = utf8_cleaned(options->input);
    for (size_t i = 0; i < result->count; i++)
        print_site(out, input, &result->sites[i], options->diff);
    fprintf(out, "%s: %zu pattern%s, %zu left\n", input, result->before, result->before == 1 ? "" : "s",
            result->after);
    print_classes(out, result);
    if (result->bound > 0)
        fprintf(out, "  bound to gates: %zu\n", result->bound);
    if (result->new_build_id[0] != '\0')
        fprintf(out, "  build-id %s, was %s\n", result->new_build_id, result->old_build_id);
    free(input);
}
