// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Colours for the terminal.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "colour.h"

bool colour_wanted(enum colour_choice choice, FILE *out) {
    if (choice != COLOUR_AUTO)
        return choice == COLOUR_ALWAYS;
    const char *none = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(fileno(out)) && (none == NULL || none[0] == '\0') &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

// "PATH:PLACE: error: WHAT [RULE]"
static void colour_headline(FILE *out, const char *line, size_t length, size_t path_length) {
    static const struct {
        const char *word;
        const char *colour;
    } severities[] = {{" error: ", COLOUR_RED}, {" warning: ", COLOUR_MAGENTA}};
    const char *from = line + (path_length < length ? path_length : length);
    for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
        size_t size = strlen(severities[i].word);
        const char *word = memmem(from, length - (size_t)(from - line), severities[i].word, size);
        if (word == NULL)
            continue;
        const char *rest = word + size;
        fprintf(out, COLOUR_BOLD "%.*s" COLOUR_OFF "%s%s" COLOUR_OFF COLOUR_BOLD "%.*s" COLOUR_OFF "\n",
                (int)(word - line), line, severities[i].colour, severities[i].word,
                (int)(length - (size_t)(rest - line)), rest);
        return;
    }
    fprintf(out, "%.*s\n", (int)length, line);
}

static void colour_detail(FILE *out, const char *line, size_t length) {
    size_t blank = strspn(line, " ");
    if (blank < length && strspn(line + blank, "^ ") == length - blank)
        fprintf(out, COLOUR_GREEN "%.*s" COLOUR_OFF "\n", (int)length, line);
    else
        fprintf(out, "%.*s\n", (int)length, line);
}

void colour_finding(FILE *out, const char *text, size_t path_length) {
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (line == text)
            colour_headline(out, line, length, path_length);
        else
            colour_detail(out, line, length);
        line += length + (line[length] == '\n');
    }
}
