// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// psa-vectors FILE: does by PSA what FILE's lines say (extract tells their form, checks.c what each kind is),
// and prints for each label how many came out right, wrong, and were skipped for which reason. Wrong ones are
// told on stderr with their line. Exit status: 0 if none was wrong, 1 if one was, 2 if FILE is not such a
// file or PSA does not start.
#include "checks.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABELS_MAX 16
#define REASONS_MAX 4
#define TOLD_MAX 20 // of wrong vectors

struct reason {
    char *text;
    unsigned count;
};

struct tally {
    char *label;
    unsigned right, wrong, skipped;
    struct reason reasons[REASONS_MAX];
};

static struct tally tallies[LABELS_MAX];
static const char *path;
static unsigned long line_number;

static _Noreturn void malformed(const char *what) {
    fprintf(stderr, "psa-vectors: %s:%lu: %s\n", path, line_number, what);
    exit(2);
}

static char *keep(const char *text) {
    char *copy = strdup(text);
    if (copy == NULL)
        malformed("no memory");
    return copy;
}

static struct tally *tally_of(const char *label) {
    for (unsigned i = 0; i < LABELS_MAX; i++) {
        if (tallies[i].label == NULL)
            tallies[i].label = keep(label);
        if (strcmp(tallies[i].label, label) == 0)
            return &tallies[i];
    }
    malformed("too many labels");
}

static void skip(struct tally *tally, const char *text) {
    tally->skipped++;
    for (unsigned i = 0; i < REASONS_MAX; i++) {
        if (tally->reasons[i].text == NULL)
            tally->reasons[i].text = keep(text);
        if (strcmp(tally->reasons[i].text, text) == 0) {
            tally->reasons[i].count++;
            return;
        }
    }
    malformed("too many reasons");
}

static unsigned digit(char character) {
    static const char digits[] = "0123456789abcdef";
    const char *found = character == '\0' ? NULL : strchr(digits, character);
    if (found == NULL)
        malformed("not hexadecimal");
    return (unsigned)(found - digits);
}

// Turn the field's text into the bytes that it spells, in place.
static void decode(struct field *field) {
    size_t length = strlen(field->text);
    field->bytes = (uint8_t *)field->text;
    field->length = 0;
    if (strcmp(field->text, "-") == 0)
        return;
    if (length == 0 || length % 2 != 0)
        malformed("half a byte, or nothing");
    for (size_t i = 0; i < length; i += 2)
        field->bytes[i / 2] = (uint8_t)(digit(field->text[i]) << 4 | digit(field->text[i + 1]));
    field->length = length / 2;
}

static const char *word(char **rest) {
    const char *found = strsep(rest, " ");
    if (found == NULL || *found == '\0')
        malformed("a field is missing");
    return found;
}

static void check(const struct kind *kind, struct tally *tally, char *rest) {
    const char *expected = word(&rest);
    bool refuse = strcmp(expected, "F") == 0;
    struct field fields[FIELDS_MAX] = {0};
    if (!refuse && strcmp(expected, "P") != 0)
        malformed("neither P nor F");
    for (unsigned i = 0; i < kind->fields; i++) {
        fields[i].text = strsep(&rest, " ");
        if (fields[i].text == NULL)
            malformed("a field is missing");
        if (i >= kind->names)
            decode(&fields[i]);
    }
    if (rest != NULL)
        malformed("a field too many");
    why = "accepted";
    why_status = PSA_SUCCESS;
    enum verdict verdict = kind->check(fields);
    if (verdict == (refuse ? REFUSED : HOLDS)) {
        tally->right++;
        return;
    }
    if (tally->wrong++ < TOLD_MAX)
        fprintf(stderr, "psa-vectors: %s:%lu: %s %s: %s (status %d), expected %s\n", path, line_number,
                tally->label, kind->name, why, (int)why_status, expected);
}

// False at the line that ends the file.
static bool do_line(char *line) {
    char *rest = line;
    const char *name = word(&rest), *label = word(&rest);
    if (strcmp(name, "end") == 0) {
        if (strtoul(label, NULL, 10) != line_number - 1)
            malformed("lines are missing");
        return false;
    }
    struct tally *tally = tally_of(label);
    const struct kind *kind = kind_named(name);
    if (strcmp(name, "skip") == 0)
        skip(tally, rest == NULL ? "" : rest);
    else if (kind != NULL)
        check(kind, tally, rest);
    else
        malformed("unknown kind");
    return true;
}

static void do_file(FILE *file) {
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    bool more = true;
    while (more && (length = getline(&line, &size, file)) > 0) {
        line_number++;
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        more = do_line(line);
    }
    free(line);
    if (more)
        malformed("it ends before its end");
}

// Number of wrong vectors.
static unsigned report(void) {
    unsigned wrong = 0;
    for (const struct tally *tally = tallies; tally < tallies + LABELS_MAX && tally->label != NULL; tally++) {
        printf("%s: %u right, %u wrong, %u skipped", tally->label, tally->right, tally->wrong,
               tally->skipped);
        for (unsigned i = 0; i < REASONS_MAX && tally->reasons[i].text != NULL; i++)
            printf("%s%u: %s", i == 0 ? " (" : "; ", tally->reasons[i].count, tally->reasons[i].text);
        puts(tally->skipped > 0 ? ")" : "");
        wrong += tally->wrong;
    }
    return wrong;
}

static void forget(void) {
    for (struct tally *tally = tallies; tally < tallies + LABELS_MAX; tally++) {
        free(tally->label);
        for (unsigned i = 0; i < REASONS_MAX; i++)
            free(tally->reasons[i].text);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: psa-vectors FILE (as test/vectors/extract makes it)\n", stderr);
        return 2;
    }
    path = argv[1];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fprintf(stderr, "psa-vectors: %s: %s\n", path, strerror(errno));
        return 2;
    }
    psa_status_t status = psa_crypto_init();
    if (status != PSA_SUCCESS) {
        fprintf(stderr, "psa-vectors: psa_crypto_init: status %d\n", (int)status);
        fclose(file);
        return 2;
    }
    do_file(file);
    fclose(file);
    unsigned wrong = report();
    forget();
    return wrong > 0 ? 1 : 0;
}
