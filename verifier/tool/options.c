// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line, by argp.

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mpk-elf.h"
#include "options.h"
#include "tool.h"

// More workers than that do not make any machine faster.
#define JOBS_MAX 512

const char *argp_program_version = "mpk-verify (MPKGate) " MPKGATE_VERSION;

enum option_key {
    OPTION_POLICY = 'p',
    OPTION_QUIET = 'q',
    OPTION_OUTPUT = 'o',
    OPTION_JOBS = 'j',
    OPTION_NULL = '0',
    OPTION_LD_SO = 0x100,
    OPTION_BESIDE = 0x101,
    OPTION_WERROR = 0x102,
    OPTION_EXIT_ZERO = 0x103,
    OPTION_EXPLAIN = 0x104,
    OPTION_LIST_RULES = 0x105,
    OPTION_COLOR = 0x106,
    OPTION_JSON = 0x107,
    OPTION_SARIF = 0x108,
    OPTION_SUMMARY = 0x109,
    OPTION_NO_PROGRESS = 0x10a,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is judged, and how:", 1},
    {"policy", OPTION_POLICY, "POLICY", 0,
     "What FILE is judged as: client (main if it has a program interpreter, else library), main (a client's "
     "program), library (a client's library), system (a distribution's library), vault (a vault image), "
     "runtime (libmpkgate.so), or auto (default): system by its place and owner, else client",
     0},
    {"ld-so", OPTION_LD_SO, "FILE", 0, "The distribution's ld.so (default " MPK_LD_SO ")", 0},
    {"beside", OPTION_BESIDE, "FILE", 0,
     "A system library of the same process: its IFUNC resolvers must not call into FILE (MPK053). May be "
     "repeated",
     0},
    {"werror", OPTION_WERROR, NULL, 0, "Warnings are errors", 0},
    {"exit-zero", OPTION_EXIT_ZERO, NULL, 0,
     "For surveys: status 0 in spite of findings. What could not be checked still gives 2", 0},
    {"null", OPTION_NULL, NULL, 0, "The paths in lists end with a NUL byte, not with the line", 0},
    {"jobs", OPTION_JOBS, "N", 0, "Check N files at a time (default: as many as there are CPUs)", 0},
    {NULL, 0, NULL, 0, "The report:", 2},
    {"json", OPTION_JSON, NULL, 0, "One JSON document (mpk-verify.schema.json describes it)", 0},
    {"sarif", OPTION_SARIF, NULL, 0, "One SARIF 2.1.0 document", 0},
    {"summary", OPTION_SUMMARY, NULL, 0, "A table with a line for each file", 0},
    {"quiet", OPTION_QUIET, NULL, 0, "No report, only the exit status and why a file could not be checked",
     0},
    {"output", OPTION_OUTPUT, "FILE", 0,
     "Write the report to FILE, which is replaced as a whole or not at all", 0},
    {"color", OPTION_COLOR, "WHEN", 0,
     "Colour the report: always, never, or auto (default): on a terminal, unless NO_COLOR is set", 0},
    {"no-progress", OPTION_NO_PROGRESS, NULL, 0, "No progress line, which a terminal gets on standard error",
     0},
    {NULL, 0, NULL, 0, "The rules:", 3},
    {"explain", OPTION_EXPLAIN, "RULE", 0,
     "Say what RULE (MPK001, ...) means, why it matters and what to do; all for every rule", 0},
    {"list-rules", OPTION_LIST_RULES, NULL, 0, "As --explain all", 0},
    {NULL, 0, NULL, 0, "Help:", -1},
    {0},
};

static const char description[] =
    "Verifies programs and shared objects for MPKGate: no WRPKRU or XRSTOR in any page that would be mapped "
    "executable, and, for client objects, nothing that would make ld.so act for them before the process is "
    "sealed."
    "\vA folder stands for the ELF files in it and in its folders; @LIST for the files that LIST names, one "
    "a line; @- for those that standard input names.\n\n"
    "Exit status: 0 if all files are clean or have warnings only, 1 if there are errors, 2 if a file could "
    "not be checked.";

static error_t set_policy(struct options *parsed, const char *name, struct argp_state *state) {
    static const struct {
        const char *name;
        int kind;
    } kinds[] = {{"auto", 0},
                 {"client", KIND_CLIENT},
                 {"main", MPK_KIND_MAIN},
                 {"library", MPK_KIND_LIBRARY},
                 {"system", MPK_KIND_SYSTEM},
                 {"vault", MPK_KIND_VAULT},
                 {"runtime", MPK_KIND_RUNTIME}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            parsed->kind = kinds[i].kind;
            return 0;
        }
    }
    argp_error(state, "unknown policy '%s'; it is one of auto, client, main, library, system, vault, runtime",
               name);
    return EINVAL;
}

static error_t set_colour(struct options *parsed, const char *name, struct argp_state *state) {
    static const char *const choices[] = {"auto", "always", "never"};
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        if (strcmp(choices[i], name) == 0) {
            parsed->colour = (enum colour_choice)i;
            return 0;
        }
    }
    argp_error(state, "unknown colour choice '%s'; it is one of auto, always, never", name);
    return EINVAL;
}

static error_t set_jobs(struct options *parsed, const char *text, struct argp_state *state) {
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < 1 || number > JOBS_MAX) {
        argp_error(state, "'%s' is not a number of jobs; it is 1 to %d", text, JOBS_MAX);
        return EINVAL;
    }
    parsed->jobs = (unsigned)number;
    return 0;
}

static error_t set_format(struct options *parsed, enum report_format format, struct argp_state *state) {
    if (parsed->format != FORMAT_TEXT && parsed->format != format) {
        argp_error(state, "there is one report: give one of --json, --sarif, --summary, --quiet");
        return EINVAL;
    }
    parsed->format = format;
    return 0;
}

static error_t check_end(const struct options *parsed, struct argp_state *state) {
    if (parsed->file_count == 0 && parsed->explain == NULL)
        argp_error(state, "no file given");
    if (parsed->file_count > 0 && parsed->explain != NULL)
        argp_error(state, "--explain and --list-rules take no files");
    if (parsed->format == FORMAT_QUIET && parsed->output != NULL)
        argp_error(state, "--quiet has no report that --output could write");
    return 0;
}

static error_t parse_switch(int key, struct options *parsed) {
    switch (key) {
    case OPTION_WERROR:
        parsed->werror = true;
        return 0;
    case OPTION_EXIT_ZERO:
        parsed->exit_zero = true;
        return 0;
    case OPTION_NULL:
        parsed->nul_lists = true;
        return 0;
    case OPTION_NO_PROGRESS:
        parsed->no_progress = true;
        return 0;
    case OPTION_LIST_RULES:
        parsed->explain = "all";
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_report(int key, char *value, struct options *parsed, struct argp_state *state) {
    switch (key) {
    case OPTION_JSON:
        return set_format(parsed, FORMAT_JSON, state);
    case OPTION_SARIF:
        return set_format(parsed, FORMAT_SARIF, state);
    case OPTION_SUMMARY:
        return set_format(parsed, FORMAT_SUMMARY, state);
    case OPTION_QUIET:
        return set_format(parsed, FORMAT_QUIET, state);
    case OPTION_COLOR:
        return set_colour(parsed, value, state);
    case OPTION_OUTPUT:
        parsed->output = value;
        return 0;
    default:
        return parse_switch(key, parsed);
    }
}

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct options *parsed = state->input;
    switch (key) {
    case OPTION_POLICY:
        return set_policy(parsed, value, state);
    case OPTION_JOBS:
        return set_jobs(parsed, value, state);
    case OPTION_LD_SO:
        parsed->ld_so = value;
        return 0;
    case OPTION_BESIDE:
        parsed->beside[parsed->beside_count++] = value;
        return 0;
    case OPTION_EXPLAIN:
        parsed->explain = value;
        return 0;
    case ARGP_KEY_ARG:
        parsed->files[parsed->file_count++] = value;
        return 0;
    case ARGP_KEY_END:
        return check_end(parsed, state);
    default:
        return parse_report(key, value, parsed, state);
    }
}

void options_parse(int argc, char **argv, struct options *parsed) {
    const struct argp parser = {options, parse_option, "[FILE|FOLDER|@LIST]...", description, NULL,
                                NULL,    NULL};
    *parsed = (struct options){.ld_so = MPK_LD_SO,
                               .beside = resize(NULL, (size_t)argc + 1, sizeof(char *)),
                               .files = resize(NULL, (size_t)argc + 1, sizeof(char *))};
    argp_err_exit_status = EXIT_NOT_CHECKED;
    argp_parse(&parser, argc, argv, 0, NULL, parsed);
}
