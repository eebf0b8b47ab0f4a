// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See explain.h.
#include "explain.h"

#include "say.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define EXPLAIN_VARIABLE "MPKGATE_EXPLAIN_DENIALS"

enum { REMEMBERED = 256, RULE_TEXT = 256 };

static bool is_on;
static uint64_t said[REMEMBERED];
static size_t said_count;
static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER;

void explain_start(void) {
    is_on = getenv(EXPLAIN_VARIABLE) != NULL;
    unsetenv(EXPLAIN_VARIABLE);
}

bool explains(void) {
    return is_on;
}

struct rule {
    int number;
    const char *name;
    const char *reason;
};

static const struct rule rules[] = {
#define RULE(rule_number, rule_name, rule_reason) {rule_number, #rule_name, rule_reason},
#define ALLOW(number, name, reason) RULE(number, name, reason)
#define ALLOW_TRUNCATE(number, name, reason) RULE(number, name, reason)
#define CHECK(number, name, check, reason) RULE(number, name, reason)
#define DENY(number, name, action, reason) RULE(number, name, reason)
#include "../loader/filter-table.def"
};

static const struct rule *find_rule(int number) {
    size_t i = 0;
    while (i + 1 < sizeof(rules) / sizeof(rules[0]) && rules[i].number != number)
        i++;
    return &rules[i];
}

static uint64_t hash(uint64_t value, const char *text) { // FNV-1a
    for (; text != NULL && *text != '\0'; text++)
        value = (value ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (value ^ 0xff) * UINT64_C(0x100000001b3);
}

// More than the memory holds is not said at all: better than to say one thing for ever.
static bool is_first_time(const char *function, const char *argument) {
    uint64_t value = hash(hash(UINT64_C(0xcbf29ce484222325), function), argument);
    pthread_mutex_lock(&said_lock);
    size_t i = 0;
    while (i < said_count && said[i] != value)
        i++;
    bool is_new = i == said_count && i < REMEMBERED;
    if (is_new)
        said[said_count++] = value;
    pthread_mutex_unlock(&said_lock);
    return is_new;
}

void explain(const char *function, const char *argument, int rule, const char *help) {
    char text[RULE_TEXT];
    if (!is_on || !is_first_time(function, argument))
        return;
    if (rule == RULE_LANDLOCK) {
        snprintf(text, sizeof(text), "the file rules (Landlock)");
    } else {
        const struct rule *found = find_rule(rule);
        snprintf(text, sizeof(text), "rule %d, %s (%s)", found->number, found->name, found->reason);
    }
    const char *quote = argument != NULL ? "\"" : "";
    compat_say(function, "(", quote, argument != NULL ? argument : "", quote, ") is refused by ", text, "; ",
               help, NULL);
}
