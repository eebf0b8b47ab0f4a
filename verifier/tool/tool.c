// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ends without a verdict.

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_NOT_CHECKED);
}

void *resize(void *memory, size_t count, size_t size) {
    void *resized = reallocarray(memory, count > 0 ? count : 1, size);
    if (resized == NULL)
        die("out of memory");
    return resized;
}

char *duplicate(const char *string) {
    char *copy = strdup(string);
    if (copy == NULL)
        die("out of memory");
    return copy;
}
