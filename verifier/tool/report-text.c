// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for people and editors: findings as a compiler gives them. And the report that says nothing.

#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "report.h"
#include "results.h"
#include "tool.h"
#include "words.h"

static void begin(struct report *report) {
    (void)report;
}

static void open_object(struct report *report, const struct object *object) {
    (void)report;
    (void)object;
}

static void finding(struct report *report, const struct object *object, const struct finding_record *found) {
    if (!report->colour) {
        mpk_report_text(report->out, object->name, &found->finding, &found->explanation);
        return;
    }
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        die("out of memory");
    mpk_report_text(stream, object->name, &found->finding, &found->explanation);
    if (fclose(stream) != 0)
        die("out of memory");
    colour_finding(report->out, text, strlen(object->name));
    free(text);
}

static void close_object(struct report *report, const struct object *object) {
    if (object->verdict == VERDICT_CLEAN || object->verdict == VERDICT_WARNINGS)
        fprintf(report->out, "%s: clean, as a %s\n", object->name, kind_name(object->about.kind));
}

void text_totals(struct report *report, const struct totals *totals) {
    fprintf(report->out, "%zu checked: %zu clean, %zu with warnings, %zu with errors", totals->objects,
            totals->by_verdict[VERDICT_CLEAN], totals->by_verdict[VERDICT_WARNINGS],
            totals->by_verdict[VERDICT_ERRORS]);
    fprintf(report->out, "; %zu could not be checked", totals->by_verdict[VERDICT_NOT_CHECKED]);
    if (totals->not_elf + totals->special + totals->links > 0)
        fprintf(report->out, "; left out: %zu not ELF, %zu symbolic links", totals->not_elf + totals->special,
                totals->links);
    fputc('\n', report->out);
}

static void end(struct report *report, const struct totals *totals) {
    if (totals->objects > 1 || totals->not_elf + totals->special + totals->links > 0)
        text_totals(report, totals);
}

const struct reporter text_reporter = {begin, open_object, finding, close_object, end};

static void say_nothing_of_finding(struct report *report, const struct object *object,
                                   const struct finding_record *found) {
    (void)report;
    (void)object;
    (void)found;
}

static void say_nothing_at_end(struct report *report, const struct totals *totals) {
    (void)report;
    (void)totals;
}

const struct reporter quiet_reporter = {begin, open_object, say_nothing_of_finding, open_object,
                                        say_nothing_at_end};
