// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The command line, by argp.

#include <argp.h>
#include <errno.h>
#include <string.h>

#include "options.h"
#include "tool.h"

const char *argp_program_version = "mpk-rewrite (MPKGate) " MPKGATE_VERSION;

enum option_key {
    OPTION_OUTPUT = 'o',
    OPTION_DRY_RUN = 'n',
    OPTION_QUIET = 'q',
    OPTION_BANNED = 0x100,
    OPTION_DIFF = 0x101,
    OPTION_JSON = 0x102,
    OPTION_BIND = 0x103,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "What is written:", 1},
    {"output", OPTION_OUTPUT, "OUT", 0,
     "Write the new file to OUT, which is replaced as a whole or not at all", 0},
    {"dry-run", OPTION_DRY_RUN, NULL, 0, "Write nothing, only report", 0},
    {"banned", OPTION_BANNED, "ACTION", 0,
     "What pkey_*, mpk_* and mpt_* functions become: trap (default) ends the program, eperm says so on "
     "standard "
     "error, sets errno to EPERM and returns -1",
     0},
    {"bind", OPTION_BIND, "LIBRARY", 0,
     "Bind what the program calls of LIBRARY, a client library with gates such as libmpkgate-psa.so, to "
     "that; "
     "can be given for several",
     0},
    {NULL, 0, NULL, 0, "The report:", 2},
    {"diff", OPTION_DIFF, NULL, 0, "Show the machine code of each place before and after", 0},
    {"json", OPTION_JSON, NULL, 0, "One JSON document", 0},
    {"quiet", OPTION_QUIET, NULL, 0, "No report, only the exit status and why a file could not be rewritten",
     0},
    {NULL, 0, NULL, 0, "Help:", -1},
    {0},
};

static const char description[] =
    "Takes WRPKRU and XRSTOR out of a program or shared object whose source is not at hand: each pattern by "
    "the "
    "smallest change of machine code or program headers that keeps the meaning. Binds what a program calls "
    "of "
    "a vault to its gates."
    "\vWhat cannot be shown to be code is not edited; the report says why.\n\n"
    "Exit status: 0 if no pattern is left, 1 if some are, or some calls could not be bound, 2 if the file "
    "could not be rewritten.";

static error_t set_banned(struct options *parsed, const char *name, struct argp_state *state) {
    if (strcmp(name, "trap") == 0)
        parsed->banned = MPK_BANNED_TRAP;
    else if (strcmp(name, "eperm") == 0)
        parsed->banned = MPK_BANNED_EPERM;
    else
        argp_error(state, "unknown action '%s'; it is one of trap, eperm", name);
    return 0;
}

static error_t add_library(struct options *parsed, const char *name, struct argp_state *state) {
    if (parsed->library_count == MPK_LIBRARIES_MAX)
        argp_error(state, "more than %d libraries to bind to", MPK_LIBRARIES_MAX);
    parsed->libraries[parsed->library_count++] = name;
    return 0;
}

static error_t check_end(const struct options *parsed, struct argp_state *state) {
    if (parsed->input == NULL)
        argp_error(state, "no file given");
    if (parsed->output == NULL && !parsed->dry_run)
        argp_error(state, "no place for the new file: give --output, or --dry-run");
    if (parsed->output != NULL && parsed->dry_run)
        argp_error(state, "--dry-run writes nothing: --output has no meaning with it");
    if (parsed->quiet && (parsed->json || parsed->diff))
        argp_error(state, "--quiet has no report: --json and --diff have no meaning with it");
    return 0;
}

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct options *parsed = state->input;
    switch (key) {
    case OPTION_OUTPUT:
        parsed->output = value;
        return 0;
    case OPTION_DRY_RUN:
        parsed->dry_run = true;
        return 0;
    case OPTION_QUIET:
        parsed->quiet = true;
        return 0;
    case OPTION_BANNED:
        return set_banned(parsed, value, state);
    case OPTION_BIND:
        return add_library(parsed, value, state);
    case OPTION_DIFF:
        parsed->diff = true;
        return 0;
    case OPTION_JSON:
        parsed->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (parsed->input != NULL)
            argp_error(state, "one file at a time: '%s' is a second one", value);
        parsed->input = value;
        return 0;
    case ARGP_KEY_END:
        return check_end(parsed, state);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void options_parse(int argc, char **argv, struct options *parsed) {
    const struct argp parser = {options, parse_option, "IN", description, NULL, NULL, NULL};
    *parsed = (struct options){.banned = MPK_BANNED_TRAP};
    argp_err_exit_status = EXIT_NOT_CHECKED;
    argp_parse(&parser, argc, argv, 0, NULL, parsed);
}
