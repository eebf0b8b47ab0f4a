// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Applies the rules to a file, and tells by the file's place what kind of object it is.

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "elf-private.h"

__attribute__((format(printf, 2, 0))) static void report(struct mpk_judge *judge, const char *format,
                                                         va_list arguments, struct mpk_finding *finding) {
    // Hits are all reported: each is a place that somebody has to look at.
    bool is_hit = finding->rule == MPK_RULE_WRPKRU || finding->rule == MPK_RULE_XRSTOR;
    if (judge->count[finding->rule]++ >= MPK_FINDINGS_MAX && !is_hit)
        return;
    vsnprintf(finding->text, sizeof(finding->text), format, arguments);
    finding->severity = mpk_rules[finding->rule].severity;
    judge->report(judge->context, finding);
}

static void report_left_out(struct mpk_judge *judge) {
    for (int rule = 0; rule < MPK_RULES; rule++) {
        size_t count = judge->count[rule];
        if (count <= MPK_FINDINGS_MAX || rule == MPK_RULE_WRPKRU || rule == MPK_RULE_XRSTOR)
            continue;
        struct mpk_finding finding = {.rule = (enum mpk_rule_id)rule,
                                      .severity = mpk_rules[rule].severity,
                                      .vaddr = MPK_NOWHERE,
                                      .offset = MPK_NOWHERE};
        snprintf(finding.text, sizeof(finding.text), "%zu more findings of this rule are not listed",
                 count - MPK_FINDINGS_MAX);
        judge->report(judge->context, &finding);
    }
}

void mpk_find(struct mpk_judge *judge, enum mpk_rule_id rule, uint64_t vaddr, uint32_t size,
              const char *format, ...) {
    if (judge == NULL)
        return;
    struct mpk_finding finding = {.rule = rule, .vaddr = vaddr, .offset = MPK_NOWHERE, .size = size};
    if (vaddr != MPK_NOWHERE && !mpk_elf_offset(judge->elf, vaddr, &finding.offset))
        finding.offset = MPK_NOWHERE;
    va_list arguments;
    va_start(arguments, format);
    report(judge, format, arguments, &finding);
    va_end(arguments);
}

void mpk_find_in_file(struct mpk_judge *judge, enum mpk_rule_id rule, uint64_t offset, const char *format,
                      ...) {
    struct mpk_finding finding = {.rule = rule, .vaddr = MPK_NOWHERE, .offset = offset};
    va_list arguments;
    va_start(arguments, format);
    report(judge, format, arguments, &finding);
    va_end(arguments);
}

static bool is_client(enum mpk_kind kind) {
    return kind == MPK_KIND_MAIN || kind == MPK_KIND_LIBRARY;
}

static void judge_mode(mpk_report report_finding, void *context, mode_t mode, bool capability) {
    struct mpk_finding finding = {.rule = MPK_RULE_FILE_MODE,
                                  .severity = mpk_rules[MPK_RULE_FILE_MODE].severity,
                                  .vaddr = MPK_NOWHERE,
                                  .offset = MPK_NOWHERE};
    if ((mode & (S_ISUID | S_ISGID)) != 0) {
        snprintf(finding.text, sizeof(finding.text), "the file has mode %04o: set-user-ID or set-group-ID",
                 (unsigned)mode & 07777);
        report_finding(context, &finding);
    }
    if (capability) {
        snprintf(finding.text, sizeof(finding.text), "the file has the attribute security.capability");
        report_finding(context, &finding);
    }
}

bool mpk_file_judge(int fd, enum mpk_kind kind, mpk_report report_finding, void *context) {
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    // By path, because fgetxattr does not take an O_PATH descriptor.
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    bool capability = getxattr(path, "security.capability", NULL, 0) >= 0;
    if (!capability && errno != ENODATA && errno != ENOTSUP)
        return false;
    if (is_client(kind))
        judge_mode(report_finding, context, status.st_mode, capability);
    return true;
}

// What the kernel and ld.so make of the file.
static void check_structure(struct mpk_judge *judge) {
    mpk_check_headers(judge);
    mpk_check_loads(judge);
    mpk_check_segments(judge);
    mpk_check_dynamic(judge);
    mpk_check_tables(judge);
    mpk_check_versions(judge);
}

// What ld.so does with relocations and names.
static void check_linking(struct mpk_judge *judge) {
    mpk_check_relocations(judge);
    mpk_check_symbols(judge);
}

// What is only worth knowing.
static void check_signs(struct mpk_judge *judge) {
    mpk_check_pages(judge);
    mpk_check_sections(judge);
    mpk_check_coverage(judge);
}

bool mpk_elf_judge(const struct mpk_elf *elf, const struct mpk_policy *policy, mpk_report report_finding,
                   void *context) {
    struct mpk_judge judge = {.elf = elf, .policy = policy, .report = report_finding, .context = context};
    if (elf->header.e_type == ET_REL) {
        mpk_check_unlinked(&judge);
        return true;
    }
    switch (policy->kind) {
    case MPK_KIND_MAIN:
    case MPK_KIND_LIBRARY:
        judge_mode(report_finding, context, elf->mode, elf->capability);
        check_structure(&judge);
        check_linking(&judge);
        check_signs(&judge);
        break;
    case MPK_KIND_RUNTIME:
        check_structure(&judge);
        check_linking(&judge);
        mpk_check_gates(&judge);
        break;
    case MPK_KIND_VAULT:
        check_structure(&judge);
        mpk_check_vault(&judge);
        break;
    case MPK_KIND_SYSTEM:
    case MPK_KIND_LD_SO:
        break;
    }
    if (policy->kind != MPK_KIND_VAULT)
        mpk_check_early(&judge);
    mpk_check_text(&judge);
    report_left_out(&judge);
    return !judge.no_memory;
}

static bool is_roots_alone(const struct stat *status) {
    return status->st_uid == 0 && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// Whether the file lies below one of the folders, and nobody but root can change it, or put another in its
// place.
static bool is_systems(int fd, const char *const *folders) {
    char link[64];
    char path[4096];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    struct stat open_file;
    struct stat named;
    if (length <= 0 || fstat(fd, &open_file) != 0)
        return false;
    path[length] = '\0';
    bool in_folder = false;
    for (; *folders != NULL; folders++)
        in_folder = in_folder || strncmp(path, *folders, strlen(*folders)) == 0;
    // The path may have changed hands since the file was opened.
    if (!in_folder || !is_roots_alone(&open_file) || lstat(path, &named) != 0 ||
        named.st_dev != open_file.st_dev || named.st_ino != open_file.st_ino)
        return false;
    for (char *slash = strrchr(path, '/'); slash != NULL; slash = strrchr(path, '/')) {
        struct stat folder;
        *slash = '\0';
        if (lstat(path[0] == '\0' ? "/" : path, &folder) != 0 || !is_roots_alone(&folder))
            return false;
    }
    return true;
}

bool mpk_is_system_library(int fd) {
    static const char *const folders[] = {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", NULL};
    return is_systems(fd, folders);
}

bool mpk_is_system_program(int fd) {
    static const char *const folders[] = {"/bin/",       "/sbin/",    "/usr/bin/",     "/usr/sbin/",
                                          "/usr/games/", "/usr/lib/", "/usr/libexec/", NULL};
    return is_systems(fd, folders);
}

enum mpk_kind mpk_elf_guess_kind(const struct mpk_elf *elf, int fd) {
    bool program = mpk_elf_phdr(elf, PT_INTERP, 0) != NULL || elf->header.e_type == ET_EXEC;
    uint64_t value;
    const char *soname = mpk_elf_dynamic_string(elf, DT_SONAME, 0);
    // A name that no client object may have (MPK037), so that a hostile file gains nothing by it under
    // mpk-run.
    if (soname != NULL && strcmp(soname, "libmpkgate.so") == 0 && mpk_elf_has_gates(elf))
        return MPK_KIND_RUNTIME;
    // libc.so.6 has a PT_INTERP too; what has a DT_SONAME is made to be a library.
    if ((!program || mpk_elf_dynamic_value(elf, DT_SONAME, &value)) && mpk_is_system_library(fd))
        return MPK_KIND_SYSTEM;
    return program ? MPK_KIND_MAIN : MPK_KIND_LIBRARY;
}
