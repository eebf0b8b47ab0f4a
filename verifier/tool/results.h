// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the records of the workers to verdicts, totals, the exit status and calls of a reporter.

#ifndef MPKGATE_RESULTS_H
#define MPKGATE_RESULTS_H

#include <stdio.h>

#include "inputs.h"
#include "options.h"
#include "record.h"

enum verdict { VERDICT_CLEAN = 0, VERDICT_WARNINGS, VERDICT_ERRORS, VERDICT_NOT_CHECKED };

// One file, or one member of an archive. Strings live until it is closed.
struct object {
    const char *path;
    const char *name; // path, or "path(member)", cleaned for the terminal
    bool opened;      // else only path, and, when it is closed, verdict and why are known
    struct object_record about;
    // Complete when the object is closed.
    enum verdict verdict;
    const char *why; // of VERDICT_NOT_CHECKED, else NULL
    size_t errors;
    size_t warnings;
    size_t by_rule[MPK_RULES];
};

struct totals {
    size_t objects;
    size_t by_verdict[VERDICT_NOT_CHECKED + 1];
    size_t errors;
    size_t warnings;
    size_t not_elf; // left out, in folders
    size_t links;
    size_t special;
    int exit_status;
};

struct report;

// A form of report. Calls come in the order begin, (open, finding*, close)*, end.
struct reporter {
    void (*begin)(struct report *report);
    void (*open)(struct report *report, const struct object *object);
    void (*finding)(struct report *report, const struct object *object, const struct finding_record *found);
    void (*close)(struct report *report, const struct object *object);
    void (*end)(struct report *report, const struct totals *totals);
};

struct report {
    const struct reporter *reporter;
    FILE *out;
    bool colour;
    bool more;       // something came before, in the list that is being written
    bool more_files; // the same for the list of files around it
    void *state;     // the reporter's
};

extern const struct reporter text_reporter;
extern const struct reporter quiet_reporter;
extern const struct reporter json_reporter;
extern const struct reporter sarif_reporter;
extern const struct reporter summary_reporter;

// "3 checked: ..." and what was left out, as a line.
void text_totals(struct report *report, const struct totals *totals);

struct results {
    struct report *report;
    struct object object;
    bool open;
    bool answered; // something was said of the input
    char *name;    // of the object
    char why[sizeof(((struct record *)NULL)->why)];
    struct totals totals;
};

// Starts the report, which must live until results_end.
void results_begin(struct results *results, struct report *report, const struct inputs *inputs);
// Takes the next record of an input (struct jobs).
void results_take(struct results *results, const struct input *input, const struct record *record);
// Ends the report and returns the exit status.
int results_end(struct results *results, bool exit_zero);

#endif
