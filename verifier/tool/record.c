// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Records of workers, taken with distrust.

#include <stddef.h>

#include "record.h"
#include "utf8.h"

size_t record_size(enum record_type type) {
    switch (type) {
    case RECORD_NONE:
        return 0;
    case RECORD_SKIPPED:
    case RECORD_JUDGED:
    case RECORD_DONE:
        return offsetof(struct record, object);
    case RECORD_OBJECT:
        return offsetof(struct record, object) + sizeof(struct object_record);
    case RECORD_FINDING:
        return offsetof(struct record, found) + sizeof(struct finding_record);
    case RECORD_NOT_CHECKED:
        return offsetof(struct record, why) + sizeof(((struct record *)NULL)->why);
    }
    return 0;
}

static void end_string(char *string, size_t size) {
    string[size - 1] = '\0';
    utf8_clean(string);
}
#define END_STRING(array) end_string(array, sizeof(array))

static void accept_line(struct mpk_line *line) {
    if (line->size > sizeof(line->bytes))
        line->size = sizeof(line->bytes);
    if (line->mark > line->size)
        line->mark = line->size;
    if (line->marked > line->size - line->mark)
        line->marked = (uint8_t)(line->size - line->mark);
    END_STRING(line->text);
}

static bool accept_finding(struct finding_record *found) {
    struct mpk_explanation *explanation = &found->explanation;
    if ((unsigned)found->finding.rule >= MPK_RULES ||
        (found->finding.severity != MPK_ERROR && found->finding.severity != MPK_WARNING))
        return false;
    END_STRING(found->finding.text);
    END_STRING(explanation->section);
    END_STRING(explanation->symbol);
    END_STRING(explanation->source);
    END_STRING(explanation->what);
    END_STRING(explanation->remedy);
    if (explanation->line_count > MPK_LINES_MAX)
        return false;
    for (uint32_t i = 0; i < explanation->line_count; i++)
        accept_line(&explanation->lines[i]);
    return true;
}

bool record_accept(struct record *record, size_t size) {
    if (size < offsetof(struct record, object) || size != record_size(record->type))
        return false;
    switch (record->type) {
    case RECORD_OBJECT:
        record->object.member[sizeof(record->object.member) - 1] = '\0';
        return true;
    case RECORD_FINDING:
        return accept_finding(&record->found);
    case RECORD_NOT_CHECKED:
        END_STRING(record->why);
        return true;
    default:
        return true;
    }
}
