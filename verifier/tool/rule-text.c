// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a rule means, for --explain.

#include <string.h>
#include <strings.h>

#include "colour.h"
#include "rule-text.h"
#include "words.h"

#define WIDTH 80

// The text in lines of at most WIDTH columns, behind an indent.
static void print_wrapped(FILE *out, const char *text) {
    size_t column = 0;
    for (text += strspn(text, " \n"); *text != '\0'; text += strspn(text, " \n")) {
        size_t length = strcspn(text, " \n");
        if (column > 0 && column + 1 + length > WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column == 0 ? "    " : " ", (int)length, text);
        text += length;
    }
    fputc('\n', out);
}

static void print_part(FILE *out, const char *title, const char *text) {
    if (text[0] == '\0')
        return;
    fprintf(out, "  %s\n", title);
    print_wrapped(out, text);
}

static void print_rule(FILE *out, const struct mpk_rule *rule, bool colour) {
    bool error = rule->severity == MPK_ERROR;
    fprintf(out, "%s%s: %s%s (%s%s%s)\n", colour ? COLOUR_BOLD : "", rule->id, rule->title,
            colour ? COLOUR_OFF : "",
            !colour ? ""
            : error ? COLOUR_RED
                    : COLOUR_MAGENTA,
            severity_name(rule->severity), colour ? COLOUR_OFF : "");
    print_part(out, "Why it matters:", rule->why);
    print_part(out, "What to do:", rule->remedy);
}

bool rule_text(FILE *out, const char *name, bool colour) {
    bool all = strcmp(name, "all") == 0;
    bool found = false;
    for (size_t i = 0; i < MPK_RULES; i++) {
        if (!all && strcasecmp(name, mpk_rules[i].id) != 0)
            continue;
        if (found)
            fputc('\n', out);
        print_rule(out, &mpk_rules[i], colour);
        found = true;
    }
    return found;
}
