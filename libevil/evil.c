// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of attacks and the one place that reports a result. Output goes to stdout and is flushed before
// the attack starts, so that a process that dies in it still shows that it got there.
#include "evil.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*run)(const struct evil_target *target);
} attacks[] = {
#define EVIL_ROW(function, name) {name, evil_##function},
    EVIL_ATTACKS(EVIL_ROW)
#undef EVIL_ROW
};

static const char *running = "?";
static int is_quiet;

void evil_be_quiet(void) {
    is_quiet = 1;
}

void evil_begin(const char *name) {
    running = name;
    if (is_quiet)
        return;
    printf("attack %s starts\n", running);
    fflush(stdout);
}

int evil_attack(const char *name, const struct evil_target *target) {
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        if (strcmp(attacks[i].name, name) == 0) {
            evil_begin(attacks[i].name);
            return attacks[i].run(target);
        }
    }
    fprintf(stderr, "evil: no attack is called %s (evil-main --list prints all)\n", name);
    return EVIL_CANNOT;
}

void evil_list(void) {
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++)
        puts(attacks[i].name);
}

int evil_got(const struct evil_target *target, const void *bytes, const char *by) {
    const unsigned char *byte = bytes;
    size_t count = target->key_size < EVIL_KEY_MAX ? target->key_size : EVIL_KEY_MAX;

    printf("attack %s succeeded: read %zu key bytes by %s: ", running, count, by);
    for (size_t i = 0; i < count; i++)
        printf("%02x", byte[i]);
    putchar('\n');
    fflush(stdout);
    return EVIL_SUCCEEDED;
}

static void report(const char *outcome, const char *format, va_list arguments) {
    printf("attack %s %s: ", running, outcome);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
}

int evil_succeeded(const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    report("succeeded", format, arguments);
    va_end(arguments);
    return EVIL_SUCCEEDED;
}

int evil_failed_because(const char *format, ...) {
    va_list arguments;

    if (is_quiet)
        return EVIL_FAILED;
    va_start(arguments, format);
    report("failed", format, arguments);
    va_end(arguments);
    return EVIL_FAILED;
}

int evil_failed(const char *what) {
    int error = errno;

    return evil_failed_because("%s: %s (%s)", what, strerrorname_np(error), strerror(error));
}

int evil_cannot(const char *what) {
    int error = errno;

    printf("attack %s cannot be tried: %s: %s\n", running, what, strerror(error));
    fflush(stdout);
    return EVIL_CANNOT;
}

int evil_peek(const struct evil_target *target, void *copy) {
    struct iovec local = {copy, target->key_size < EVIL_KEY_MAX ? target->key_size : EVIL_KEY_MAX};
    struct iovec remote = {target->key, local.iov_len};

    return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)local.iov_len ? 0 : -1;
}

int evil_kernel_reads(const void *address) {
    int ends[2];
    int can;

    if (pipe(ends) != 0)
        return -1;
    can = write(ends[1], address, 1) == 1;
    close(ends[0]);
    close(ends[1]);
    return can;
}
