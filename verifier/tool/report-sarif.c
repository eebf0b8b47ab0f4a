// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for code scanning services: SARIF 2.1.0 (OASIS, errata 01). Section numbers are that document's.

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "tool.h"
#include "utf8.h"
#include "words.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
// As in systemd.unit(5), Documentation=.
#define INFORMATION_URI "man:mpk-verify(1)"
#define NOT_CHECKED_ID "MPK-NOT-CHECKED"

struct sarif {
    json_t *artifacts; // they come after the results that refer to them by index
    json_t *notifications;
    const char *file; // the path of the latest artifact that is no member of an archive
    size_t file_index;
    size_t index; // of the open object
};

// A multiformatMessageString or message (3.12, 3.11): a sentence, with a capital and a full stop, of a
// clause.
static json_t *message(const char *clause) {
    char *text = NULL;
    size_t length = strlen(clause);
    bool ended = length > 0 && strchr(".!?", clause[length - 1]) != NULL;
    if (asprintf(&text, "%s%s", clause, ended ? "" : ".") < 0)
        die("out of memory");
    // Names of functions and sections keep their letters: they hold other characters, too.
    if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz")] == ' ')
        text[0] = (char)toupper((unsigned char)text[0]);
    json_t *json = json_make("{s:o}", "text", utf8_json(text));
    free(text);
    return json;
}

// --- The rules -------------------------------------------------------------------------------------------

// The title in the form that names of rules have (3.49.7; SARIF2012 of the validator): "PT_LOAD of an
// object's" is PtLoadOfAnObjects. Words of one letter are left out, because PascalCase does not show where
// they end.
static json_t *pascal_case(const char *title) {
    char name[128];
    char *to = name;
    bool start = true;
    for (; *title != '\0' && to < name + sizeof(name) - 1; title++) {
        bool alone = start && !isalnum((unsigned char)title[1]);
        if (isalnum((unsigned char)*title) && !alone) {
            *to++ = (char)(start ? toupper((unsigned char)*title) : tolower((unsigned char)*title));
            start = false;
        } else if (*title != '\'') {
            start = true;
        }
    }
    *to = '\0';
    return utf8_json(name);
}

static json_t *rule_json(const struct mpk_rule *rule) {
    json_t *json = json_make("{s:s,s:o,s:o}", "id", rule->id, "name", pascal_case(rule->title),
                             "shortDescription", message(rule->title));
    json_put(json, "fullDescription", message(rule->why[0] != '\0' ? rule->why : rule->title));
    json_put(json, "help", message(rule->remedy));
    json_put(json, "defaultConfiguration", json_make("{s:s}", "level", severity_name(rule->severity)));
    return json;
}

static json_t *driver(void) {
    json_t *rules = json_make("[]");
    for (size_t i = 0; i < MPK_RULES; i++)
        json_add(rules, rule_json(&mpk_rules[i]));
    json_t *not_checked =
        json_make("{s:s,s:s,s:{s:s}}", "id", NOT_CHECKED_ID, "name", "NotChecked", "shortDescription", "text",
                  "The file could not be checked, so nothing is known of it.");
    return json_make("{s:s,s:s,s:s,s:s,s:s,s:o,s:[o]}", "name", "mpk-verify", "fullName",
                     "mpk-verify, the verifier of MPKGate", "version", MPKGATE_VERSION, "semanticVersion",
                     MPKGATE_VERSION, "informationUri", INFORMATION_URI, "rules", rules, "notifications",
                     not_checked);
}

static void begin(struct report *report) {
    struct sarif *sarif = resize(NULL, 1, sizeof(*sarif));
    *sarif = (struct sarif){.artifacts = json_make("[]"), .notifications = json_make("[]")};
    report->state = sarif;
    fputs("{\"$schema\":\"" SCHEMA "\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":", report->out);
    json_write(report, driver());
    fputs("},\"results\":[", report->out);
}

// --- The results -----------------------------------------------------------------------------------------

static json_t *uri_json(const char *path) {
    char *uri = utf8_uri(path);
    json_t *json = json_make("s", uri);
    free(uri);
    return json;
}

static size_t add_artifact(struct sarif *sarif, const char *path, const char *role) {
    json_t *artifact = json_make("{s:{s:o},s:[s]}", "location", "uri", uri_json(path), "roles", role);
    json_add(sarif->artifacts, artifact);
    return json_array_size(sarif->artifacts) - 1;
}

static void open_object(struct report *report, const struct object *object) {
    struct sarif *sarif = report->state;
    // Members of an archive are nested artifacts (3.24.3).
    if (object->about.member[0] == '\0' || sarif->file != object->path)
        sarif->file_index = add_artifact(sarif, object->path, "analysisTarget");
    sarif->file = object->path;
    sarif->index = sarif->file_index;
    if (object->about.member[0] != '\0') {
        sarif->index = add_artifact(sarif, object->about.member, "analysisTarget");
        json_put(json_array_get(sarif->artifacts, sarif->index), "parentIndex",
                 json_integer((json_int_t)sarif->file_index));
    }
}

static json_t *artifact_location(const struct sarif *sarif, const struct object *object) {
    const char *path = object->about.member[0] != '\0' ? object->about.member : object->path;
    return json_make("{s:o,s:I}", "uri", uri_json(path), "index", (json_int_t)sarif->index);
}

// The decoded bytes, one instruction a line.
static json_t *snippet(const struct mpk_explanation *explanation) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        die("out of memory");
    for (uint32_t i = 0; i < explanation->line_count; i++) {
        const struct mpk_line *line = &explanation->lines[i];
        fprintf(stream, "%" PRIx64 ":", line->vaddr);
        for (unsigned at = 0; at < line->size; at++)
            fprintf(stream, " %02x", line->bytes[at]);
        fprintf(stream, "  %s\n", line->text);
    }
    if (fclose(stream) != 0)
        die("out of memory");
    json_t *json = json_make("{s:{s:o}}", "rendered", "text", utf8_json(text));
    free(text);
    return json;
}

static json_t *physical_location(const struct sarif *sarif, const struct object *object,
                                 const struct finding_record *found) {
    const struct mpk_finding *finding = &found->finding;
    json_t *json = json_make("{s:o}", "artifactLocation", artifact_location(sarif, object));
    // A finding about the file as a whole is at its start, because every location needs a region (SARIF2017).
    bool placed = finding->offset <= INT64_MAX;
    json_t *region = json_make("{s:I}", "byteOffset", (json_int_t)(placed ? finding->offset : 0));
    if (placed && finding->size > 0)
        json_put(region, "byteLength", json_integer(finding->size));
    if (found->explanation.line_count > 0)
        json_put(region, "snippet", snippet(&found->explanation));
    json_put(json, "region", region);
    if (finding->vaddr <= INT64_MAX)
        json_put(json, "address", json_make("{s:I}", "relativeAddress", (json_int_t)finding->vaddr));
    return json;
}

static json_t *logical_locations(const struct mpk_explanation *explanation) {
    json_t *array = json_make("[]");
    if (explanation->symbol[0] != '\0')
        json_add(array, json_make("{s:o,s:s}", "name", utf8_json(explanation->symbol), "kind", "function"));
    if (explanation->section[0] != '\0')
        json_add(array, json_make("{s:o,s:s}", "name", utf8_json(explanation->section), "kind", "section"));
    return array;
}

// "file:line"
static json_t *source_location(const char *source) {
    char file[sizeof(((struct mpk_explanation *)NULL)->source)];
    memccpy(file, source, '\0', sizeof(file));
    char *colon = strrchr(file, ':');
    char *end;
    long line = colon != NULL ? strtol(colon + 1, &end, 10) : 0;
    if (line <= 0 || *end != '\0')
        return NULL;
    *colon = '\0';
    return json_make("{s:i,s:{s:s},s:{s:{s:o},s:{s:I}}}", "id", 1, "message", "text",
                     "The source of the code.", "physicalLocation", "artifactLocation", "uri", uri_json(file),
                     "region", "startLine", (json_int_t)line);
}

static json_t *property_bag(const struct mpk_finding *finding, const struct mpk_explanation *explanation) {
    const char *remedy =
        explanation->remedy[0] != '\0' ? explanation->remedy : mpk_rules[finding->rule].remedy;
    json_t *json = json_make("{s:o}", "remedy", utf8_json(remedy));
    if (explanation->hit_class != MPK_CLASS_NONE)
        json_put(json, "class", json_make("s", mpk_class_name(explanation->hit_class)));
    if (explanation->what[0] != '\0')
        json_put(json, "bytes", utf8_json(explanation->what));
    return json;
}

static void finding(struct report *report, const struct object *object, const struct finding_record *found) {
    const struct mpk_finding *finding = &found->finding;
    const struct mpk_explanation *explanation = &found->explanation;
    json_t *location =
        json_make("{s:o}", "physicalLocation", physical_location(report->state, object, found));
    json_t *logical = logical_locations(explanation);
    if (json_array_size(logical) > 0)
        json_put(location, "logicalLocations", logical);
    else
        json_decref(logical);
    json_t *json = json_make("{s:s,s:i,s:s,s:o,s:[o]}", "ruleId", mpk_rules[finding->rule].id, "ruleIndex",
                             (int)finding->rule, "level", severity_name(finding->severity), "message",
                             message(finding->text), "locations", location);
    json_t *source = source_location(explanation->source);
    if (source != NULL)
        json_put(json, "relatedLocations", json_make("[o]", source));
    json_put(json, "properties", property_bag(finding, explanation));
    json_write_element(report, json);
}

static void close_object(struct report *report, const struct object *object) {
    struct sarif *sarif = report->state;
    if (object->why == NULL)
        return;
    json_t *location =
        json_make("{s:{s:o}}", "physicalLocation", "artifactLocation", artifact_location(sarif, object));
    json_add(sarif->notifications,
             json_make("{s:{s:s,s:i},s:s,s:o,s:[o]}", "descriptor", "id", NOT_CHECKED_ID, "index", 0, "level",
                       "error", "message", message(object->why), "locations", location));
}

// --- The end ---------------------------------------------------------------------------------------------

static void end(struct report *report, const struct totals *totals) {
    struct sarif *sarif = report->state;
    if (totals->objects == 0)
        json_add(sarif->notifications,
                 json_make("{s:{s:s,s:i},s:s,s:o}", "descriptor", "id", NOT_CHECKED_ID, "index", 0, "level",
                           "error", "message", message("There is no ELF file in what was named")));
    fputs(report->more ? "\n],\"artifacts\":" : "],\"artifacts\":", report->out);
    json_write(report, sarif->artifacts);
    fputs(",\"invocations\":", report->out);
    json_write(report, json_make("[{s:b,s:i,s:o}]", "executionSuccessful",
                                 totals->exit_status != EXIT_NOT_CHECKED, "exitCode", totals->exit_status,
                                 "toolExecutionNotifications", sarif->notifications));
    fputs("}]}\n", report->out);
    free(sarif);
}

const struct reporter sarif_reporter = {begin, open_object, finding, close_object, end};
