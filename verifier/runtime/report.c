// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Refusals. See report.h.
#include "report.h"

#include <asm/unistd.h>
#include <stdarg.h>

#include "sys.h"

static void put(const char *text) {
    size_t left = string_length(text, 4096);
    while (left > 0) {
        long written = sys3(__NR_write, 2, (long)text, (long)left);
        if (sys_failed(written) || written == 0)
            return;
        text += written;
        left -= (size_t)written;
    }
}

void warn(const char *text) {
    put("mpkgate: ");
    put(text);
    put("\n");
}

_Noreturn void refuse(const char *first, ...) {
    va_list list;
    va_start(list, first);
    put("mpkgate: ");
    for (const char *text = first; text != NULL; text = va_arg(list, const char *))
        put(text);
    put("\n");
    va_end(list);
    for (;;)
        sys3(__NR_exit_group, MPKGATE_EXIT_REFUSED, 0, 0);
}

static struct hex in_base(uint64_t value, unsigned base) {
    struct hex out = {{0}};
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0 && count < 16);
    unsigned at = 0;
    if (base == 16) {
        out.text[at++] = '0';
        out.text[at++] = 'x';
    }
    while (count > 0)
        out.text[at++] = digits[--count];
    return out;
}

struct hex hex(uint64_t value) {
    return in_base(value, 16);
}

struct hex decimal(uint64_t value) {
    return in_base(value, 10);
}
