// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See say.h.
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { SIZE_MAX_MESSAGE = 1024 };

static size_t append(char *line, size_t used, const char *text) {
    size_t room = SIZE_MAX_MESSAGE - 1 - used;
    size_t length = strnlen(text, room);
    memcpy(line + used, text, length);
    return used + length;
}

void compat_say(const char *text, ...) {
    char line[SIZE_MAX_MESSAGE];
    int error = errno;
    size_t used = append(line, 0, "libmpkgate-compat: ");
    va_list more;
    va_start(more, text);
    for (const char *part = text; part != NULL; part = va_arg(more, const char *))
        used = append(line, used, part);
    va_end(more);
    line[used++] = '\n';
    (void)!write(STDERR_FILENO, line, used);
    errno = error;
}
