// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for programs: one JSON document, described by mpk-verify.schema.json.

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "utf8.h"
#include "words.h"

// Raised when something that readers rely on changes its meaning or goes away.
#define FORMAT_VERSION 1

static void begin(struct report *report) {
    fprintf(report->out, "{\"format\":%d,\"tool\":", FORMAT_VERSION);
    json_write(report, json_make("{s:s,s:s}", "name", "mpk-verify", "version", MPKGATE_VERSION));
    fputs(",\"files\":[", report->out);
}

// Writes "key":value, of an object that is open in the report and has had a member before.
static void member(struct report *report, const char *key, json_t *value) {
    fprintf(report->out, ",\"%s\":", key);
    json_write(report, value);
}

static void put_name(struct report *report, const char *key, const char *name) {
    member(report, key, utf8_json(name));
    if (utf8_is_valid(name))
        return;
    size_t length = strlen(name);
    fprintf(report->out, ",\"%s_hex\":\"", key);
    for (size_t i = 0; i < length; i++)
        fprintf(report->out, "%02x", (unsigned char)name[i]);
    fputc('"', report->out);
}

static void open_object(struct report *report, const struct object *object) {
    // The list of files goes on after the list of findings; it has had a member before if this has.
    fputs(report->more_files ? ",\n" : "\n", report->out);
    report->more_files = true;
    fprintf(report->out, "{\"checked\":%s", object->opened ? "true" : "false");
    put_name(report, "path", object->path);
    if (object->opened) {
        if (object->about.member[0] != '\0')
            put_name(report, "member", object->about.member);
        member(report, "policy", json_make("s", policy_name(object->about.kind)));
    }
    fputs(",\"findings\":[", report->out);
    report->more = false;
}

static json_t *instructions(const struct mpk_explanation *explanation) {
    json_t *array = json_make("[]");
    for (uint32_t i = 0; i < explanation->line_count; i++) {
        const struct mpk_line *line = &explanation->lines[i];
        char bytes[2 * sizeof(line->bytes) + 1] = "";
        for (unsigned at = 0; at < line->size; at++)
            sprintf(bytes + 2 * (size_t)at, "%02x", line->bytes[at]);
        json_t *entry = json_make("{s:o,s:s,s:i,s:i}", "address", json_hex(line->vaddr), "bytes", bytes,
                                  "mark", line->mark, "marked", line->marked);
        if (line->text[0] != '\0')
            json_put(entry, "text", utf8_json(line->text));
        json_add(array, entry);
    }
    return array;
}

static void put_string(json_t *json, const char *key, const char *string) {
    if (string[0] != '\0')
        json_put(json, key, utf8_json(string));
}

static void put_explanation(json_t *json, const struct mpk_explanation *explanation) {
    if (explanation->section[0] != '\0')
        json_put(json, "section",
                 json_make("{s:o,s:o}", "name", utf8_json(explanation->section), "offset",
                           json_hex(explanation->section_offset)));
    if (explanation->symbol[0] != '\0')
        json_put(json, "symbol",
                 json_make("{s:o,s:o}", "name", utf8_json(explanation->symbol), "offset",
                           json_hex(explanation->symbol_offset)));
    put_string(json, "source", explanation->source);
    if (explanation->hit_class != MPK_CLASS_NONE)
        json_put(json, "class", json_make("s", mpk_class_name(explanation->hit_class)));
    put_string(json, "bytes", explanation->what);
    if (explanation->line_count > 0)
        json_put(json, "instructions", instructions(explanation));
}

static void finding(struct report *report, const struct object *object, const struct finding_record *found) {
    (void)object;
    const struct mpk_finding *finding = &found->finding;
    const struct mpk_explanation *explanation = &found->explanation;
    const struct mpk_rule *rule = &mpk_rules[finding->rule];
    json_t *json =
        json_make("{s:s,s:s,s:s,s:o}", "rule", rule->id, "severity", severity_name(finding->severity),
                  "title", rule->title, "text", utf8_json(finding->text));
    if (finding->offset != MPK_NOWHERE)
        json_put(json, "offset", json_hex(finding->offset));
    if (finding->vaddr != MPK_NOWHERE)
        json_put(json, "address", json_hex(finding->vaddr));
    if (finding->size > 0)
        json_put(json, "size", json_integer(finding->size));
    put_explanation(json, explanation);
    put_string(json, "remedy", explanation->remedy[0] != '\0' ? explanation->remedy : rule->remedy);
    json_write_element(report, json);
}

static json_t *count(uint64_t number) {
    return json_integer((json_int_t)number);
}

static json_t *properties_json(const struct object *object) {
    const struct properties *properties = &object->about.properties;
    json_t *json = json_make("{s:s,s:s,s:s,s:s}", "relro", relro_name(properties), "nx", nx_name(properties),
                             "pie", pie_name(properties), "pass", coverage_name(object));
    json_put(json, "exec_pages", count(properties->executable_pages));
    json_put(json, "wrpkru", count(object->by_rule[MPK_RULE_WRPKRU]));
    json_put(json, "xrstor", count(object->by_rule[MPK_RULE_XRSTOR]));
    return json;
}

static void close_object(struct report *report, const struct object *object) {
    fputs(report->more ? "\n]" : "]", report->out);
    if (object->opened)
        member(report, "properties", properties_json(object));
    member(report, "verdict", json_make("s", verdict_name(object->verdict)));
    if (object->why != NULL)
        member(report, "why", utf8_json(object->why));
    fputc('}', report->out);
}

static void end(struct report *report, const struct totals *totals) {
    fputs(report->more_files ? "\n]" : "]", report->out);
    json_t *json = json_make("{}");
    json_put(json, "checked", count(totals->objects));
    json_put(json, "clean", count(totals->by_verdict[VERDICT_CLEAN]));
    json_put(json, "with_warnings", count(totals->by_verdict[VERDICT_WARNINGS]));
    json_put(json, "with_errors", count(totals->by_verdict[VERDICT_ERRORS]));
    json_put(json, "not_checked", count(totals->by_verdict[VERDICT_NOT_CHECKED]));
    json_put(json, "errors", count(totals->errors));
    json_put(json, "warnings", count(totals->warnings));
    json_put(json, "not_elf", count(totals->not_elf + totals->special));
    json_put(json, "links", count(totals->links));
    member(report, "totals", json);
    fprintf(report->out, ",\"exit_status\":%d}\n", totals->exit_status);
}

const struct reporter json_reporter = {begin, open_object, finding, close_object, end};
