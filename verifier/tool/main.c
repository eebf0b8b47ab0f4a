// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mpk-verify: shows that files hold no way to load PKRU, and nothing that could act before the seal. Puts the
// parts together; the rules are in verifier/elf, the form of a finding in verifier/elf/report.c.

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "colour.h"
#include "jobs.h"
#include "output.h"
#include "progress.h"
#include "results.h"
#include "rule-text.h"
#include "tool.h"

typedef bool (*name_source)(const struct mpk_elf *elf, struct mpk_names *names);

static void collect_names(const char *path, name_source source, struct mpk_names *names) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open(path, &error);
    if (elf == NULL)
        die("%s: could not be checked: it %s", path, error.text);
    if (!source(elf, names))
        die("out of memory");
    mpk_elf_close(elf);
}

static void explain_rules(const struct options *options) {
    FILE *out = output_open(options->output);
    if (!rule_text(out, options->explain, colour_wanted(options->colour, out)))
        die("there is no rule '%s'; rules are %s to %s, or all (some numbers are not in use)",
            options->explain, mpk_rules[0].id, mpk_rules[MPK_RULES - 1].id);
    output_commit();
}

static void collect_inputs(const struct options *options, struct inputs *inputs) {
    for (size_t i = 0; i < options->file_count; i++) {
        if (options->files[i][0] == '@')
            inputs_add_list(inputs, options->files[i] + 1, options->nul_lists);
        else
            inputs_add(inputs, options->files[i]);
    }
}

static unsigned worker_count(const struct options *options, const struct inputs *inputs) {
    cpu_set_t cpus;
    unsigned wanted = options->jobs;
    if (wanted == 0 && sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
        wanted = (unsigned)CPU_COUNT(&cpus);
    if (wanted > inputs->count)
        wanted = (unsigned)inputs->count;
    return wanted > 0 ? wanted : 1;
}

static void take(void *context, const struct input *input, const struct record *record) {
    results_take(context, input, record);
}

static void step(void *context, const struct input *input) {
    (void)context;
    progress_step(input->path);
}

static int report_inputs(const struct options *options, const struct inputs *inputs,
                         const struct check *check, FILE *out) {
    static const struct reporter *const reporters[] = {[FORMAT_TEXT] = &text_reporter,
                                                       [FORMAT_QUIET] = &quiet_reporter,
                                                       [FORMAT_JSON] = &json_reporter,
                                                       [FORMAT_SARIF] = &sarif_reporter,
                                                       [FORMAT_SUMMARY] = &summary_reporter};
    struct report report = {.reporter = reporters[options->format], .out = out};
    report.colour = colour_wanted(options->colour, report.out);
    struct results results;
    results_begin(&results, &report, inputs);
    progress_begin(!options->no_progress && options->format != FORMAT_QUIET, inputs->count);
    jobs_run(&(struct jobs){.inputs = inputs,
                            .check = check,
                            .workers = worker_count(options, inputs),
                            .take = take,
                            .progress = step,
                            .context = &results});
    progress_clear();
    int status = results_end(&results, options->exit_zero);
    output_commit();
    return status;
}

static int verify(const struct options *options) {
    struct mpk_names *exports = mpk_names_new();
    struct mpk_names *imports = mpk_names_new();
    if (exports == NULL || imports == NULL)
        die("out of memory");
    collect_names(options->ld_so, mpk_elf_add_exports, exports);
    if (!mpk_names_has(exports, "__tls_get_addr") || !mpk_names_has(exports, "_r_debug"))
        die("%s: could not be checked: it does not export what ld.so does", options->ld_so);
    for (size_t i = 0; i < options->beside_count; i++)
        collect_names(options->beside[i], mpk_elf_add_ifunc_imports, imports);
    const struct check check = {
        .kind = options->kind,
        .werror = options->werror,
        .explain = options->format != FORMAT_QUIET && options->format != FORMAT_SUMMARY,
        .policy = {.ld_so = options->ld_so, .ld_so_exports = exports, .ifunc_imports = imports}};
    // Before the work: a report that cannot be written needs none.
    FILE *out = output_open(options->output);
    struct inputs inputs = {0};
    collect_inputs(options, &inputs);
    int status = report_inputs(options, &inputs, &check, out);
    inputs_free(&inputs);
    mpk_names_free(imports);
    mpk_names_free(exports);
    return status;
}

int main(int argc, char **argv) {
    struct options options;
    int status = EXIT_CLEAN;
    options_parse(argc, argv, &options);
    if (options.explain != NULL)
        explain_rules(&options);
    else
        status = verify(&options);
    free(options.beside);
    free(options.files);
    return status;
}
