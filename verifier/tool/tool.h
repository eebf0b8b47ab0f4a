// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all parts of mpk-verify, and mpk-rewrite, share: the exit status, and ends without a verdict.

#ifndef MPKGATE_TOOL_H
#define MPKGATE_TOOL_H

#include <stddef.h>

// NOT_CHECKED wins over FINDINGS: it means that nothing is proved.
enum { EXIT_CLEAN = 0, EXIT_FINDINGS = 1, EXIT_NOT_CHECKED = 2 };

// Says the name of the program and the message on standard error and exits with EXIT_NOT_CHECKED. Not for
// workers.
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

// As realloc(memory, count * size), but checked for overflow, never NULL: dies when memory is out.
void *resize(void *memory, size_t count, size_t size);
// As strdup, but dies when memory is out.
char *duplicate(const char *string);

#endif
