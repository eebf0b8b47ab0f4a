// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks one file and sends what is found.

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "options.h"
#include "properties.h"

// Findings of one object that are explained; the rest is listed only.
#define EXPLAIN_MAX 200

__attribute__((format(printf, 2, 3))) static void not_checked(const struct check *check, const char *format,
                                                              ...) {
    struct record record = {.type = RECORD_NOT_CHECKED};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(record.why, sizeof(record.why), format, arguments);
    va_end(arguments);
    check->send(check->context, &record);
}

struct judging {
    const struct check *check;
    const struct mpk_elf *elf;
    size_t findings;
};

static void send_finding(void *context, const struct mpk_finding *finding) {
    struct judging *judging = context;
    struct record record = {.type = RECORD_FINDING, .found.finding = *finding};
    if (judging->check->explain && judging->findings++ < EXPLAIN_MAX)
        mpk_explain(judging->elf, finding, &record.found.explanation);
    if (judging->check->werror)
        record.found.finding.severity = MPK_ERROR;
    judging->check->send(judging->check->context, &record);
}

static enum mpk_kind kind_of(const struct check *check, const struct mpk_elf *elf, int fd) {
    if (check->kind == KIND_CLIENT)
        return mpk_elf_interpreter(elf) != NULL ? MPK_KIND_MAIN : MPK_KIND_LIBRARY;
    return check->kind != 0 ? (enum mpk_kind)check->kind : mpk_elf_guess_kind(elf, fd);
}

static void check_object(const struct check *check, const struct mpk_elf *elf, int fd) {
    struct mpk_policy policy = check->policy;
    policy.kind = kind_of(check, elf, fd);
    struct record record = {.type = RECORD_OBJECT, .object.kind = policy.kind};
    properties_of(elf, &record.object.properties);
    check->send(check->context, &record);
    struct judging judging = {.check = check, .elf = elf};
    if (!mpk_elf_judge(elf, &policy, send_finding, &judging))
        not_checked(check, "it needs more memory than there is");
}

static void check_elf(const struct check *check, int fd, const char *path) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open_fd(fd, path, &error);
    if (elf == NULL) {
        not_checked(check, "it %s", error.text);
        return;
    }
    check_object(check, elf, fd);
    mpk_elf_close(elf);
}

// False also if it cannot be read: then it must not be left out.
static bool is_other_format(int fd) {
    char magic[SELFMAG];
    ssize_t length = pread(fd, magic, sizeof(magic), 0);
    return length >= 0 && (length < SELFMAG || memcmp(magic, ELFMAG, SELFMAG) != 0);
}

void check_file(const struct check *check, const struct input *input) {
    if (input->failure != NULL) {
        not_checked(check, "%s", input->failure);
        return;
    }
    // O_NONBLOCK: a FIFO must not hang the check; it is refused by its type.
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (input->in_folder ? O_NOFOLLOW : 0);
    int fd = open(input->path, flags);
    if (fd < 0)
        not_checked(check, "%s", strerror(errno));
    else if (input->in_folder && is_other_format(fd))
        check->send(check->context, &(struct record){.type = RECORD_SKIPPED});
    else
        check_elf(check, fd, input->path);
    if (fd >= 0)
        close(fd);
}
