// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for many files: a table with a line for each, in the manner of checksec. The path comes last,
// because it is the only column without a width.

#include <inttypes.h>

#include "colour.h"
#include "results.h"
#include "words.h"

static void begin(struct report *report) {
    fprintf(report->out, "%s%-8s %-8s %-4s %-4s %-6s %-6s %-10s %-8s %6s %8s  %-11s  %s%s\n",
            report->colour ? COLOUR_BOLD : "", "POLICY", "RELRO", "NX", "PIE", "WRPKRU", "XRSTOR",
            "EXEC-PAGES", "PASS", "ERRORS", "WARNINGS", "VERDICT", "FILE", report->colour ? COLOUR_OFF : "");
}

static void open_object(struct report *report, const struct object *object) {
    (void)report;
    (void)object;
}

static void finding(struct report *report, const struct object *object, const struct finding_record *found) {
    (void)report;
    (void)object;
    (void)found;
}

static void print_properties(FILE *out, const struct object *object) {
    if (!object->opened) {
        fprintf(out, "%-8s %-8s %-4s %-4s %-6s %-6s %-10s %-8s ", "-", "-", "-", "-", "-", "-", "-", "-");
        return;
    }
    const struct properties *properties = &object->about.properties;
    fprintf(out, "%-8s %-8s %-4s %-4s ", policy_name(object->about.kind), relro_name(properties),
            nx_name(properties), pie_name(properties));
    fprintf(out, "%-6zu %-6zu %-10" PRIu64 " %-8s ", object->by_rule[MPK_RULE_WRPKRU],
            object->by_rule[MPK_RULE_XRSTOR], properties->executable_pages, coverage_name(object));
}

static void close_object(struct report *report, const struct object *object) {
    static const char *const colours[] = {COLOUR_GREEN, COLOUR_MAGENTA, COLOUR_RED, COLOUR_RED};
    print_properties(report->out, object);
    if (object->opened)
        fprintf(report->out, "%6zu %8zu  ", object->errors, object->warnings);
    else
        fprintf(report->out, "%6s %8s  ", "-", "-");
    fprintf(report->out, "%s%-11s%s  %s\n", report->colour ? colours[object->verdict] : "",
            verdict_name(object->verdict), report->colour ? COLOUR_OFF : "", object->name);
}

const struct reporter summary_reporter = {begin, open_object, finding, close_object, text_totals};
