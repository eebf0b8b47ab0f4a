// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// JSON, written piece by piece: a report may be larger than the memory.

#ifndef MPKGATE_JSON_H
#define MPKGATE_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "results.h"

// As json_pack, but never NULL: dies when memory is out. Strings must be valid UTF-8 (utf8.h).
json_t *json_make(const char *format, ...);
// Adds value, whose reference it takes, to an object or an array; dies when memory is out.
void json_put(json_t *object, const char *key, json_t *value);
void json_add(json_t *array, json_t *value);
// An address or offset: a string, "0x...", because a number of JSON need not hold 64 bits.
json_t *json_hex(uint64_t value);

// Writes one element of the array that is open in the report, after a comma where one is due, on a line of
// its own; takes the reference. All but ASCII is escaped, so that no control character reaches a terminal.
void json_write_element(struct report *report, json_t *value);
// The same for a value after text that has already been written.
void json_write(struct report *report, json_t *value);

#endif
