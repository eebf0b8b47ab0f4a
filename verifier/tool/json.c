// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JSON, written piece by piece.

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "json.h"
#include "tool.h"

static json_t *not_null(json_t *json) {
    if (json == NULL)
        die("out of memory");
    return json;
}

json_t *json_make(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    json_t *json = json_vpack_ex(NULL, 0, format, arguments);
    va_end(arguments);
    return not_null(json);
}

void json_put(json_t *object, const char *key, json_t *value) {
    if (json_object_set_new(object, key, not_null(value)) != 0)
        die("out of memory");
}

void json_add(json_t *array, json_t *value) {
    if (json_array_append_new(array, not_null(value)) != 0)
        die("out of memory");
}

json_t *json_hex(uint64_t value) {
    char text[2 + 16 + 1];
    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return not_null(json_string(text));
}

void json_write(struct report *report, json_t *value) {
    // An error of the stream shows when it is closed.
    (void)json_dumpf(value, report->out, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_decref(value);
}

void json_write_element(struct report *report, json_t *value) {
    fputs(report->more ? ",\n" : "\n", report->out);
    report->more = true;
    json_write(report, value);
}
