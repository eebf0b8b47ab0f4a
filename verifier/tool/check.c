// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Checks one file and sends what is found.

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "options.h"
#include "properties.h"
#include "unlinked.h"

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
    // The first findings wait for their explanations, which are cheaper together.
    struct mpk_finding *waiting;
    struct mpk_explanation *explanations;
    size_t count;
    bool explained; // nothing waits, any more
};

static void send_finding(const struct check *check, const struct mpk_finding *finding,
                         const struct mpk_explanation *explanation) {
    struct record record = {.type = RECORD_FINDING, .found.finding = *finding};
    if (explanation != NULL)
        record.found.explanation = *explanation;
    if (check->werror)
        record.found.finding.severity = MPK_ERROR;
    check->send(check->context, &record);
}

static void explain_waiting(struct judging *judging) {
    if (judging->count > 0)
        mpk_explain_all(judging->elf, judging->waiting, judging->count, judging->explanations);
    for (size_t i = 0; i < judging->count; i++)
        send_finding(judging->check, &judging->waiting[i], &judging->explanations[i]);
    judging->count = 0;
    judging->explained = true;
}

static void take_finding(void *context, const struct mpk_finding *finding) {
    struct judging *judging = context;
    if (!judging->explained && judging->count == EXPLAIN_MAX)
        explain_waiting(judging);
    if (judging->explained)
        send_finding(judging->check, finding, NULL);
    else
        judging->waiting[judging->count++] = *finding;
}

static bool judge(const struct check *check, const struct mpk_elf *elf, const struct mpk_policy *policy) {
    struct judging judging = {.check = check, .elf = elf, .explained = !check->explain};
    if (check->explain) {
        judging.waiting = calloc(EXPLAIN_MAX, sizeof(*judging.waiting));
        judging.explanations = calloc(EXPLAIN_MAX, sizeof(*judging.explanations));
    }
    bool judged = !check->explain || (judging.waiting != NULL && judging.explanations != NULL);
    if (judged) {
        judged = mpk_elf_judge(elf, policy, take_finding, &judging);
        explain_waiting(&judging);
    }
    free(judging.waiting);
    free(judging.explanations);
    return judged;
}

static enum mpk_kind kind_of(const struct check *check, const struct mpk_elf *elf, int fd) {
    if (check->kind == KIND_CLIENT)
        return mpk_elf_interpreter(elf) != NULL ? MPK_KIND_MAIN : MPK_KIND_LIBRARY;
    return check->kind != 0 ? (enum mpk_kind)check->kind : mpk_elf_guess_kind(elf, fd);
}

static void check_object(const struct check *check, const struct mpk_elf *elf, int fd, const char *member) {
    struct mpk_policy policy = check->policy;
    policy.kind = kind_of(check, elf, fd);
    struct record record = {.type = RECORD_OBJECT, .object.kind = policy.kind};
    snprintf(record.object.member, sizeof(record.object.member), "%s", member);
    properties_of(elf, &record.object.properties);
    check->send(check->context, &record);
    if (judge(check, elf, &policy))
        check->send(check->context, &(struct record){.type = RECORD_JUDGED});
    else
        not_checked(check, "it needs more memory than there is");
}

static void check_member(const struct check *check, const struct mpk_elf *elf, int fd, const char *path) {
    // Its name is "path(member)".
    char member[sizeof(((struct object_record *)NULL)->member)];
    snprintf(member, sizeof(member), "%s", mpk_elf_name(elf) + strlen(path) + 1);
    size_t length = strlen(mpk_elf_name(elf)) - strlen(path) - 2;
    if (length < sizeof(member))
        member[length] = '\0';
    check_object(check, elf, fd, member);
}

static void check_archive(const struct check *check, int fd, const char *path) {
    struct mpk_elf_error error;
    struct mpk_archive *archive = mpk_archive_open_fd(fd, path, &error);
    if (archive == NULL) {
        not_checked(check, "it %s", error.text);
        return;
    }
    size_t members = 0;
    for (;; members++) {
        struct mpk_elf *elf = mpk_archive_next(archive, &error);
        if (elf == NULL && error.status == MPK_ELF_OK)
            break;
        if (elf == NULL)
            not_checked(check, "it %s", error.text);
        else
            check_member(check, elf, fd, path);
        mpk_elf_close(elf);
    }
    if (members == 0)
        not_checked(check, "it has no members");
    mpk_archive_close(archive);
}

static void check_elf(const struct check *check, int fd, const char *path, enum mpk_input form) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = form == MPK_INPUT_RELOCATABLE ? mpk_elf_open_relocatable(fd, path, &error)
                                                        : mpk_elf_open_fd(fd, path, &error);
    if (elf == NULL) {
        not_checked(check, "it %s", error.text);
        return;
    }
    check_object(check, elf, fd, "");
    mpk_elf_close(elf);
}

static void check_open(const struct check *check, int fd, const char *path) {
    enum mpk_input form = mpk_input_of(fd);
    if (form == MPK_INPUT_ARCHIVE)
        check_archive(check, fd, path);
    else
        check_elf(check, fd, path, form);
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
        check_open(check, fd, input->path);
    if (fd >= 0)
        close(fd);
}
