// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Messages and the end of mpk-run. Single-threaded.
#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_feature(address_sanitizer)
// mpk-run ends by exec or exit within milliseconds and frees nothing; leak reports would hide real ones.
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "detect_leaks=0";
}
#endif

static int is_quiet;
static int is_talkative;

void die_set_verbosity(int quiet, int talkative) {
    is_quiet = quiet;
    is_talkative = talkative;
}

static void say(const char *prefix, const char *format, va_list arguments) {
    fprintf(stderr, "mpk-run: %s", prefix);
    vfprintf(stderr, format, arguments);
}

_Noreturn static void end(int status, const char *hint) {
    if (hint != NULL)
        fprintf(stderr, "mpk-run: hint: %s\n", hint);
    exit(status);
}

void die(int status, const char *hint, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    say("error: ", format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    end(status, hint);
}

void die_errno(int status, const char *hint, const char *format, ...) {
    int saved = errno;
    va_list arguments;
    va_start(arguments, format);
    say("error: ", format, arguments);
    va_end(arguments);
    fprintf(stderr, ": %s\n", strerror(saved));
    end(status, hint);
}

void warning(const char *format, ...) {
    if (is_quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    say("warning: ", format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void verbose(const char *format, ...) {
    if (!is_talkative)
        return;
    va_list arguments;
    va_start(arguments, format);
    say("", format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void *allocate(unsigned long size) {
    void *memory = calloc(1, size == 0 ? 1 : size);
    if (memory == NULL)
        die(MPK_RUN_FAILED, NULL, "out of memory");
    return memory;
}

void *reallocate(void *old, unsigned long size) {
    void *memory = realloc(old, size == 0 ? 1 : size);
    if (memory == NULL)
        die(MPK_RUN_FAILED, NULL, "out of memory");
    return memory;
}

char *copy_string(const char *string) {
    char *copy = strdup(string);
    if (copy == NULL)
        die(MPK_RUN_FAILED, NULL, "out of memory");
    return copy;
}

char *format_string(const char *format, ...) {
    char *result = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&result, format, arguments);
    va_end(arguments);
    if (length < 0)
        die(MPK_RUN_FAILED, NULL, "out of memory");
    return result;
}
