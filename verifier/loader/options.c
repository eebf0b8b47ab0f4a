// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See options.h.
#include "options.h"

#include "descriptors.h"
#include "die.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_SIZE = 4096, DEFAULT_MEMORY = 4 << 20, MINIMUM_MEMORY = 256 << 10 };
static const uint64_t maximum_memory = UINT64_C(1) << 32;

enum short_option { KEY_KEY = 'k', KEY_QUIET = 'q', KEY_VERBOSE = 'v', KEY_WAIT = 'w' };
enum long_option {
    KEY_READ = 0x100,
    KEY_WRITE,
    KEY_VAULT,
    KEY_VAULT_MEMORY,
    KEY_DUMP_FILTER,
    KEY_EXPLAIN,
    KEY_SELF,
    KEY_NO_VERIFY,
    KEY_ANY_RUNTIME,
    KEY_LEAN_GATE,
    KEY_NO_LANDLOCK,
    KEY_NO_SECCOMP,
    KEY_SIMULATE,
    KEY_PLAN_ONLY,
    // What sealing forbids, and the machine.
    KEY_DOCTOR = 0x200,
    KEY_PRELOAD,
    KEY_NO_VAULT_NEEDED,
    KEY_ALLOW_FORK,
    KEY_ALLOW_KEY_EXPORT,
    KEY_KEY_POLICY,
    KEY_KEY_PASSPHRASE,
    KEY_ACCEPT_MELTDOWN,
    KEY_STORE,
    KEY_STORE_KEY,
    KEY_GATE,
    KEY_NO_REWRITE,
};

const char *argp_program_version = "mpk-run (MPKGate) " MPKGATE_VERSION;

static const struct argp_option table[] = {
    {"key", KEY_KEY, "[VAULT:]NAME=FILE", 0,
     "Put the key in FILE into the vault (of several: the first, or VAULT) under NAME (repeatable)", 1},
    {"key-policy", KEY_KEY_POLICY, "FILE", 0,
     "What each key may do, in JSON and PSA's names (default: everything its type is for)", 1},
    {"key-passphrase", KEY_KEY_PASSPHRASE, "NAME=tty|fd:N", 0,
     "Ask for the pass phrase of an encrypted key on the terminal, or read it from a descriptor (repeatable)",
     1},
    {"store", KEY_STORE, "DIR", 0,
     "Keep persistent keys in DIR, wrapped under the store key; stays as the parent, as --wait does", 1},
    {"store-key", KEY_STORE_KEY, "FILE|fd:N", 0, "The store key, 32 bytes, in FILE or from descriptor N", 1},
    {"ro", KEY_READ, "PATH", 0, "Let the program read PATH and what is below (repeatable; default: /)", 2},
    {"rw", KEY_WRITE, "PATH", 0,
     "Let the program write PATH and what is below (repeatable; default: the current folder and /tmp)", 2},
    {"vault", KEY_VAULT, "[NAME=]FILE", 0,
     "The vault image (default: vault.so beside MPKGate's libraries); repeatable: each is kept from the "
     "others, too. "
     "NAME: for --key (default: the file's, without .so)",
     3},
    {"gate", KEY_GATE, "VAULT=direct|ulk|vaults", 0,
     "How the program calls this vault (default: direct). ulk: functions of values only, and the vault "
     "cannot touch "
     "the program's memory; vaults: not at all, other vaults do",
     3},
    {"vault-memory", KEY_VAULT_MEMORY, "SIZE", 0,
     "Memory of the vault in bytes, or with K, M or G behind (default: 4M)", 3},
    {"wait", KEY_WAIT, NULL, 0, "Stay as the parent, pass signals on, and say what ended the program", 4},
    {"verbose", KEY_VERBOSE, NULL, 0, "Say what is found, granted and neutralised", 5},
    {"quiet", KEY_QUIET, NULL, 0, "Say no warnings", 5},
    {"explain-denials", KEY_EXPLAIN, NULL, 0,
     "Let the program say which of its calls the seal refused, by which rule, and which option helps", 5},
    {"dump-filter", KEY_DUMP_FILTER, NULL, 0, "Print the seccomp filter and exit", 6},
    {"doctor", KEY_DOCTOR, NULL, 0, "Say what this machine offers, and exit: 0 if it can seal a program", 6},
    {"preload", KEY_PRELOAD, "FILE", 0,
     "Load FILE before the seal, after which dlopen can load nothing (repeatable): an NSS or gconv module, "
     "an "
     "engine",
     3},
    {"no-rewrite", KEY_NO_REWRITE, NULL, 0,
     "Refuse files of the distribution that hold wrpkru or xrstor by accident, instead of running rewritten "
     "copies",
     3},
    {"no-vault-needed", KEY_NO_VAULT_NEEDED, NULL, 0, "Seal a program that never calls the vault, too", 3},
    {"allow-fork", KEY_ALLOW_FORK, NULL, 0,
     "Let the program fork; the children have no vault, and a call of it ends them", 3},
    {"allow-key-export", KEY_ALLOW_KEY_EXPORT, NULL, 0,
     "Let private and secret keys out of the vault whose own policy says \"export\"", 3},
    {"accept-meltdown", KEY_ACCEPT_MELTDOWN, NULL, 0,
     "Run although this CPU lets programs read past protection keys", 3},
    {"self", KEY_SELF, "FD", OPTION_HIDDEN, NULL, 0},
#ifdef MPKGATE_TEST_BUILD
    {"insecure-no-verify", KEY_NO_VERIFY, NULL, 0, "TEST BUILD: do not judge the client's files", 7},
    {"insecure-any-runtime", KEY_ANY_RUNTIME, NULL, 0, "TEST BUILD: do not judge libmpkgate.so", 7},
    {"insecure-lean-gate", KEY_LEAN_GATE, NULL, 0, "TEST BUILD: the lean gate for any vault image", 7},
    {"insecure-no-landlock", KEY_NO_LANDLOCK, NULL, 0, "TEST BUILD: do not restrict files", 7},
    {"insecure-no-seccomp", KEY_NO_SECCOMP, NULL, 0, "TEST BUILD: allow every system call", 7},
    {"insecure-simulate", KEY_SIMULATE, NULL, 0,
     "TEST BUILD: no protection keys, no-ops in place of wrpkru: for measuring on CPUs without them", 7},
    {"plan-only", KEY_PLAN_ONLY, "FILE", 0, "TEST BUILD: write the launch plan to FILE and exit", 7},
#endif
    {0},
};

static void list_add(struct option_list *list, const char *value) {
    list->value = reallocate(list->value, (list->count + 1) * sizeof(*list->value));
    list->value[list->count++] = value;
}

static uint64_t parse_size(const char *text) {
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, *end) : NULL;
    unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
    if (errno != 0 || end == text || text[0] == '-' || (unit != NULL ? end[1] : end[0]) != '\0' ||
        value > maximum_memory >> shift || value << shift < MINIMUM_MEMORY)
        die(MPK_RUN_FAILED, "for example --vault-memory 16M",
            "--vault-memory %s: expected a size from 256K to 4G", text);
    return ((value << shift) + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

static int parse_descriptor(const char *text) {
    int value = descriptor_number(text);
    if (value < 0)
        die(MPK_RUN_FAILED, NULL, "--self %s: expected a descriptor above 2", text);
    return value;
}

struct parsing {
    struct options *options;
    bool quiet;
    bool verbose;
};

#ifdef MPKGATE_TEST_BUILD
static error_t parse_test_option(int key, char *argument, struct options *options) {
    switch (key) {
    case KEY_NO_VERIFY:
        options->no_verify = true;
        return 0;
    case KEY_ANY_RUNTIME:
        options->any_runtime = true;
        return 0;
    case KEY_LEAN_GATE:
        options->lean_gate = true;
        return 0;
    case KEY_NO_LANDLOCK:
        options->no_landlock = true;
        return 0;
    case KEY_NO_SECCOMP:
        options->no_seccomp = true;
        return 0;
    case KEY_SIMULATE:
        options->simulate = true;
        return 0;
    case KEY_PLAN_ONLY:
        options->plan_only = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}
#else
static error_t parse_test_option(int key, char *argument, struct options *options) {
    (void)key;
    (void)argument;
    (void)options;
    return ARGP_ERR_UNKNOWN;
}
#endif

// What sealing forbids, and the machine.
static error_t parse_policy(int key, const char *argument, struct options *options) {
    switch (key) {
    case KEY_DOCTOR:
        options->doctor = true;
        return 0;
    case KEY_PRELOAD:
        list_add(&options->preload, argument);
        return 0;
    case KEY_NO_REWRITE:
        options->no_rewrite = true;
        return 0;
    case KEY_NO_VAULT_NEEDED:
        options->no_vault_needed = true;
        return 0;
    case KEY_ALLOW_FORK:
        options->allow_fork = true;
        return 0;
    case KEY_KEY_POLICY:
        options->key_policy = argument;
        return 0;
    case KEY_KEY_PASSPHRASE:
        list_add(&options->key_passphrase, argument);
        return 0;
    case KEY_ALLOW_KEY_EXPORT:
        options->allow_key_export = true;
        return 0;
    case KEY_ACCEPT_MELTDOWN:
        options->accept_meltdown = true;
        return 0;
    case KEY_STORE:
        options->store = argument;
        return 0;
    case KEY_GATE:
        list_add(&options->gate, argument);
        return 0;
    case KEY_STORE_KEY:
        options->store_key = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_flag(int key, struct parsing *parsing, struct argp_state *state) {
    switch (key) {
    case KEY_WAIT:
        parsing->options->wait = true;
        return 0;
    case KEY_VERBOSE:
        parsing->verbose = true;
        return 0;
    case KEY_QUIET:
        parsing->quiet = true;
        return 0;
    case KEY_EXPLAIN:
        parsing->options->explain_denials = true;
        return 0;
    case KEY_DUMP_FILTER:
        parsing->options->dump_filter = true;
        return 0;
    case ARGP_KEY_ARG:
        parsing->options->program = &state->argv[state->next - 1];
        state->next = state->argc;
        return 0;
    case ARGP_KEY_END:
        if (parsing->options->program == NULL && !parsing->options->dump_filter && !parsing->options->doctor)
            argp_error(state, "which program?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    struct parsing *parsing = state->input;
    struct options *options = parsing->options;
    switch (key) {
    case KEY_KEY:
        list_add(&options->key, argument);
        return 0;
    case KEY_READ:
        list_add(&options->read, argument);
        return 0;
    case KEY_WRITE:
        list_add(&options->write, argument);
        return 0;
    case KEY_VAULT:
        list_add(&options->vault, argument);
        return 0;
    case KEY_VAULT_MEMORY:
        options->vault_memory = parse_size(argument);
        return 0;
    case KEY_SELF:
        options->self = parse_descriptor(argument);
        return 0;
    default:
        if (parse_flag(key, parsing, state) == 0)
            return 0;
        if (parse_policy(key, argument, options) == 0)
            return 0;
        return parse_test_option(key, argument, options);
    }
}

static bool is_insecure(const struct options *options) {
    return options->no_verify || options->any_runtime || options->lean_gate || options->no_landlock ||
           options->no_seccomp || options->simulate;
}

static void check_store(struct options *options) {
    if (options->store == NULL && options->store_key == NULL)
        return;
    if (options->store_key == NULL)
        die(MPK_RUN_FAILED, "make one with, for example, openssl rand -out FILE 32",
            "--store %s: no store key: give --store-key FILE", options->store);
    if (options->store == NULL)
        die(MPK_RUN_FAILED, NULL, "--store-key %s: no store: give --store DIR", options->store_key);
    if (is_insecure(options))
        die(MPK_RUN_FAILED, "keys that outlive a test belong to no test",
            "--store %s: not with an --insecure option", options->store);
    options->wait = true;
}

void options_parse(struct options *options, int argc, char **argv) {
    static const struct argp argp = {
        .options = table,
        .parser = parse,
        .args_doc = "PROGRAM [ARGUMENT...]",
        .doc = "Verifies PROGRAM and its libraries, seals the process, puts the keys into the vault and runs "
               "it.\v"
               "Exit status: that of PROGRAM; 125 if mpk-run itself fails, 126 if PROGRAM is refused, 127 if "
               "it is "
               "not found, 128+N (with --wait) if signal N ended it.",
    };
    *options = (struct options){.self = -1, .vault_memory = DEFAULT_MEMORY};
    struct parsing parsing = {.options = options};
    argp_err_exit_status = MPK_RUN_FAILED;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &parsing);
    die_set_verbosity(parsing.quiet, parsing.verbose);
    check_store(options);
}
