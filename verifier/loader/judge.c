// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Applies verifier/elf's rules to every file of the process and prints what they find.
#include "die.h"
#include "elf/report.h"
#include "process.h"
#include "rewrite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct findings {
    const struct mpk_elf *elf;
    const char *path;
    size_t count; // of all objects, warnings left out
    bool has_pattern;
    bool is_left_alone; // a file of the distribution has patterns, and may not be rewritten
};

static bool is_pattern(const struct mpk_finding *finding) {
    return finding->rule == MPK_RULE_WRPKRU || finding->rule == MPK_RULE_XRSTOR;
}

// Warnings are mpk-verify's: no promise rests on them, so they neither refuse a program nor disturb its
// output.
static void print_finding(void *context, const struct mpk_finding *finding) {
    struct findings *findings = context;
    if (finding->severity == MPK_WARNING)
        return;
    struct mpk_explanation explanation;
    mpk_explain(findings->elf, finding, &explanation);
    mpk_report_text(stderr, findings->path, finding, &explanation);
    findings->count++;
    findings->has_pattern |= is_pattern(finding);
}

static enum mpk_kind kind_of(const struct object *object) {
    switch (object->kind) {
    case MPKGATE_OBJECT_MAIN:
        return MPK_KIND_MAIN;
    case MPKGATE_OBJECT_SYSTEM:
        return MPK_KIND_SYSTEM;
    case MPKGATE_OBJECT_LD_SO:
        return MPK_KIND_LD_SO;
    default:
        return MPK_KIND_LIBRARY;
    }
}

static _Noreturn void out_of_memory(void) {
    die(MPK_RUN_FAILED, NULL, "out of memory while verifying");
}

static void collect_names(const struct process *process, struct mpk_names *exports,
                          struct mpk_names *ifunc_imports) {
    if (exports == NULL || ifunc_imports == NULL)
        out_of_memory();
    for (size_t i = 0; i < process->count; i++) {
        const struct object *object = &process->object[i];
        bool is_ok = true;
        if (object->kind == MPKGATE_OBJECT_LD_SO)
            is_ok = mpk_elf_add_exports(object->elf, exports);
        else if (object->kind == MPKGATE_OBJECT_SYSTEM)
            is_ok = mpk_elf_add_ifunc_imports(object->elf, ifunc_imports);
        if (!is_ok)
            out_of_memory();
    }
}

// Another runtime than this build's is no finding about the program: the installation is damaged.
static void judge_runtime(const struct object *object) {
    struct mpk_policy policy = {.kind = MPK_KIND_RUNTIME};
    struct findings findings = {.elf = object->elf, .path = object->path};
    if (!mpk_elf_judge(object->elf, &policy, print_finding, &findings))
        out_of_memory();
    if (findings.count != 0)
        die(MPK_RUN_FAILED, "install MPKGate again", "%s: the runtime is not as it was built: %zu finding%s",
            object->path, findings.count, findings.count == 1 ? "" : "s");
}

void judge_vault(const struct mpk_elf *elf, const char *path) {
    struct mpk_policy policy = {.kind = MPK_KIND_VAULT};
    struct findings findings = {.elf = elf, .path = path};
    if (!mpk_elf_judge(elf, &policy, print_finding, &findings))
        out_of_memory();
    if (findings.count != 0)
        die(MPK_RUN_FAILED,
            "link the vault with -shared -nostdlib -Wl,-Bsymbolic -Wl,--exclude-libs=ALL and hidden "
            "visibility, "
            "so that it needs nothing and exports mpkgate_vault alone",
            "%s is no vault image that can be loaded: %zu finding%s", path, findings.count,
            findings.count == 1 ? "" : "s");
}

struct tally {
    size_t errors;
    size_t patterns; // of these
};

static void count_finding(void *context, const struct mpk_finding *finding) {
    struct tally *tally = context;
    tally->errors += finding->severity != MPK_WARNING;
    tally->patterns += is_pattern(finding);
}

// A pattern in a file of the distribution is nobody's fault, and refused only if it cannot be taken out.
static void take_out_patterns(struct object *object, size_t count) {
    if (!rewrite_object(object))
        warning("%s: holds %zu pattern%s, and not all can be taken out (mpk-rewrite --dry-run tells why)",
                object->path, count, count == 1 ? "" : "s");
}

// Most files have no finding, so they are only looked for before they are explained.
static void judge_object(struct object *object, const struct mpk_policy *policy, bool rewrites,
                         struct findings *findings) {
    struct tally tally = {0};
    if (!mpk_elf_judge(object->elf, policy, count_finding, &tally))
        out_of_memory();
    bool is_distributions = tally.patterns != 0 && may_be_rewritten(object);
    if (is_distributions && rewrites)
        take_out_patterns(object, tally.patterns);
    findings->is_left_alone |= is_distributions && !rewrites;
    findings->elf = object->elf;
    findings->path = object->path;
    if (object_is_client(object) && !mpk_file_judge(object->file, policy->kind, print_finding, findings))
        die_errno(MPK_RUN_FAILED, NULL, "cannot read the attributes of %s", object->path);
    if (tally.errors != 0 && !mpk_elf_judge(object->elf, policy, print_finding, findings))
        out_of_memory();
}

static const char *hint_for(const struct findings *findings) {
    if (findings->is_left_alone)
        return "without --no-rewrite, files of the distribution run from copies without their patterns";
    return findings->has_pattern
               ? "mpk-rewrite FILE -o NEW takes out patterns that compiler and linker made by accident"
               : NULL;
}

void judge_process(struct process *process, const struct judging *judging) {
    struct mpk_names *exports = mpk_names_new();
    struct mpk_names *ifunc_imports = mpk_names_new();
    collect_names(process, exports, ifunc_imports);
    struct findings findings = {.count = 0};
    for (size_t i = 0; i < process->count; i++) {
        struct object *object = &process->object[i];
        struct mpk_policy policy = {
            .kind = kind_of(object), .ld_so_exports = exports, .ifunc_imports = ifunc_imports};
        if (object->kind == MPKGATE_OBJECT_RUNTIME) {
            if (!judging->any_runtime)
                judge_runtime(object);
        } else if (judging->clients || !object_is_client(object)) {
            judge_object(object, &policy, judging->rewrites, &findings);
        }
    }
    mpk_names_free(exports);
    mpk_names_free(ifunc_imports);
    if (findings.count != 0)
        die(MPK_RUN_REFUSED, hint_for(&findings), "%s is not run: %zu finding%s",
            process->object[PROCESS_MAIN].name, findings.count, findings.count == 1 ? "" : "s");
}
