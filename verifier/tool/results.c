// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From the records of the workers to verdicts, totals, the exit status and calls of a reporter.

#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "results.h"
#include "tool.h"
#include "utf8.h"

void results_begin(struct results *results, struct report *report, const struct inputs *inputs) {
    *results =
        (struct results){.report = report, .totals = {.links = inputs->links, .special = inputs->special}};
    report->reporter->begin(report);
}

// What a worker cannot say unless the file has got the better of it, or it has died in between.
static const char out_of_order[] = "its checker did not come to an end";

static void open_object(struct results *results, const struct input *input,
                        const struct object_record *about) {
    results->object = (struct object){.path = input->path, .opened = about != NULL};
    if (about != NULL)
        results->object.about = *about;
    const char *member = results->object.about.member;
    if (asprintf(&results->name, member[0] != '\0' ? "%s(%s)" : "%s", input->path, member) < 0)
        die("out of memory");
    utf8_clean(results->name);
    results->object.name = results->name;
    results->open = true;
    results->answered = true;
    results->report->reporter->open(results->report, &results->object);
}

static void close_object(struct results *results) {
    struct object *object = &results->object;
    if (object->why != NULL)
        object->verdict = VERDICT_NOT_CHECKED;
    else if (object->errors > 0)
        object->verdict = VERDICT_ERRORS;
    else
        object->verdict = object->warnings > 0 ? VERDICT_WARNINGS : VERDICT_CLEAN;
    results->totals.objects++;
    results->totals.by_verdict[object->verdict]++;
    results->totals.errors += object->errors;
    results->totals.warnings += object->warnings;
    results->report->reporter->close(results->report, object);
    free(results->name);
    results->open = false;
}

// Closes the object that is open; without one, the file itself could not be checked.
static void fail(struct results *results, const struct input *input, const char *why) {
    if (!results->open)
        open_object(results, input, NULL);
    memccpy(results->why, why, '\0', sizeof(results->why));
    results->object.why = results->why;
    fflush(results->report->out);
    fprintf(stderr, "mpk-verify: %s: could not be checked: %s\n", results->object.name, why);
    close_object(results);
}

static void take_object(struct results *results, const struct input *input, const struct record *record) {
    if (results->open)
        fail(results, input, out_of_order);
    open_object(results, input, &record->object);
}

static void take_finding(struct results *results, const struct input *input,
                         const struct finding_record *found) {
    if (!results->open) {
        fail(results, input, out_of_order);
        return;
    }
    struct object *object = &results->object;
    object->errors += found->finding.severity == MPK_ERROR;
    object->warnings += found->finding.severity == MPK_WARNING;
    object->by_rule[found->finding.rule]++;
    results->report->reporter->finding(results->report, object, found);
}

static void take_judged(struct results *results, const struct input *input) {
    if (results->open)
        close_object(results);
    else
        fail(results, input, out_of_order);
}

static void take_done(struct results *results, const struct input *input) {
    if (!results->answered || results->open)
        fail(results, input, out_of_order);
    results->answered = false;
}

void results_take(struct results *results, const struct input *input, const struct record *record) {
    progress_clear();
    switch (record->type) {
    case RECORD_NONE:
        break;
    case RECORD_SKIPPED:
        results->totals.not_elf += input->in_folder;
        results->answered = input->in_folder;
        break;
    case RECORD_OBJECT:
        take_object(results, input, record);
        break;
    case RECORD_FINDING:
        take_finding(results, input, &record->found);
        break;
    case RECORD_JUDGED:
        take_judged(results, input);
        break;
    case RECORD_NOT_CHECKED:
        fail(results, input, record->why);
        break;
    case RECORD_DONE:
        take_done(results, input);
        break;
    }
}

int results_end(struct results *results, bool exit_zero) {
    struct totals *totals = &results->totals;
    if (totals->objects == 0)
        fputs("mpk-verify: nothing was checked: there is no ELF file in what was named\n", stderr);
    if (totals->objects == 0 || totals->by_verdict[VERDICT_NOT_CHECKED] > 0)
        totals->exit_status = EXIT_NOT_CHECKED;
    else if (totals->by_verdict[VERDICT_ERRORS] > 0 && !exit_zero)
        totals->exit_status = EXIT_FINDINGS;
    results->report->reporter->end(results->report, totals);
    return totals->exit_status;
}
