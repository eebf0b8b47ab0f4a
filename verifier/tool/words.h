// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words that reports have for things. All are constant, and a part of what users may rely on.

#ifndef MPKGATE_WORDS_H
#define MPKGATE_WORDS_H

#include "results.h"

const char *kind_name(enum mpk_kind kind);             // "client program", ...
const char *policy_name(enum mpk_kind kind);           // as on the command line; "system" for ld.so too
const char *verdict_name(enum verdict verdict);        // "clean", "warnings", "errors", "not checked"
const char *severity_name(enum mpk_severity severity); // "warning", "error"

// As checksec has them, or "-" for relocatable objects.
const char *relro_name(const struct properties *properties); // "full", "partial", "no"
const char *nx_name(const struct properties *properties);    // "yes", "no": of the stack
const char *pie_name(const struct properties *properties);   // "yes", "dso", "no", "rel"
// "yes", "no", or "-" for what the pass need not cover: all but linked client objects.
const char *coverage_name(const struct object *object);

#endif
