// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report for other programs.

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>

#include "rewrite-report.h"
#include "tool.h"
#include "utf8.h"

static json_t *make(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    json_t *json = json_vpack_ex(NULL, 0, format, arguments);
    va_end(arguments);
    if (json == NULL)
        die("out of memory");
    return json;
}

static void put(json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, value) != 0)
        die("out of memory");
}

static json_t *hex(uint64_t value) {
    char text[2 + 16 + 1];
    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return make("s", text);
}

static json_t *lines(const struct mpk_line *line, uint32_t count) {
    json_t *array = make("[]");
    for (uint32_t i = 0; i < count; i++) {
        char bytes[2 * sizeof(line->bytes) + 1] = "";
        for (unsigned n = 0; n < line[i].size && n < sizeof(line->bytes); n++)
            snprintf(bytes + (size_t)2 * n, 3, "%02x", line[i].bytes[n]);
        json_t *object = make("{s:o, s:s, s:o}", "address", hex(line[i].vaddr), "bytes", bytes, "text",
                              utf8_json(line[i].text));
        if (json_array_append_new(array, object) != 0)
            die("out of memory");
    }
    return array;
}

static json_t *site_object(const struct mpk_rewrite_site *site) {
    const struct mpk_explanation *explanation = &site->explanation;
    json_t *object =
        make("{s:s, s:s, s:o, s:o}", "action", mpk_rewrite_how_name(site->how), "what", site->finding.text,
             "text", utf8_json(site->text), "address", hex(site->finding.vaddr));
    if (site->finding.offset != MPK_NOWHERE)
        put(object, "offset", hex(site->finding.offset));
    if (site->finding.size > 0)
        put(object, "class", make("s", mpk_class_name(explanation->hit_class)));
    if (explanation->section[0] != '\0')
        put(object, "section", utf8_json(explanation->section));
    if (explanation->symbol[0] != '\0')
        put(object, "symbol", utf8_json(explanation->symbol));
    if (site->how == MPK_REWRITE_BOUND)
        put(object, "bound",
            make("{s:o, s:o}", "before", utf8_json(site->bound_from), "after", utf8_json(site->bound_to)));
    put(object, "before", lines(explanation->lines, explanation->line_count));
    put(object, "after", lines(site->after, site->after_count));
    return object;
}

void report_json(FILE *out, const struct options *options, const struct mpk_rewritten *result,
                 int exit_status) {
    json_t *sites = make("[]");
    for (size_t i = 0; i < result->count; i++) {
        if (json_array_append_new(sites, site_object(&result->sites[i])) != 0)
            die("out of memory");
    }
    json_t *root =
        make("{s:i, s:{s:s, s:s}, s:o, s:o, s:I, s:I, s:I, s:o, s:i}", "format", 1, "tool", "name",
             "mpk-rewrite", "version", MPKGATE_VERSION, "input", utf8_json(options->input), "output",
             options->output != NULL ? utf8_json(options->output) : json_null(), "patterns_before",
             (json_int_t)result->before, "patterns_after", (json_int_t)result->after, "bound",
             (json_int_t)result->bound, "sites", sites, "exit_status", exit_status);
    if (result->new_build_id[0] != '\0')
        put(root, "build_id", make("{s:s, s:s}", "old", result->old_build_id, "new", result->new_build_id));
    // An error of the stream shows when it is flushed.
    (void)json_dumpf(root, out, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    fputc('\n', out);
    json_decref(root);
}
