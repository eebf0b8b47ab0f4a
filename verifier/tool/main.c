// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mpk-verify: shows that files hold no way to load PKRU, and nothing that could act before the seal. Options
// and exit status are here; the rules are in verifier/elf, the form of a finding in verifier/elf/report.c.

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mpk-elf.h"
#include "report.h"

// Exit status. NOT_CHECKED wins over FINDINGS: it means that nothing is proved.
enum { EXIT_CLEAN = 0, EXIT_FINDINGS = 1, EXIT_NOT_CHECKED = 2 };

// A client object, program or library by its PT_INTERP.
#define KIND_CLIENT (-1)

// Findings of one file that are explained; the rest is listed only.
#define EXPLAIN_MAX 200

const char *argp_program_version = "mpk-verify (MPKGate) " MPKGATE_VERSION;

enum option_key { OPTION_POLICY = 'p', OPTION_QUIET = 'q', OPTION_LD_SO = 0x100, OPTION_BESIDE = 0x101 };

static const struct argp_option options[] = {
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
    {"quiet", OPTION_QUIET, NULL, 0, "No report, only the exit status and why a file could not be checked",
     0},
    {0},
};

static const char description[] =
    "Verifies programs and shared objects for MPKGate: no WRPKRU or XRSTOR in any page that would be mapped "
    "executable, and, for client objects, nothing that would make ld.so act for them before the process is "
    "sealed."
    "\vExit status: 0 if all files are clean, 1 if there are findings, 2 if a file could not be checked.";

struct arguments {
    int kind; // enum mpk_kind, KIND_CLIENT or 0 for auto
    bool quiet;
    const char *ld_so;
    char **beside;
    size_t beside_count;
    char **files;
    size_t file_count;
};

static error_t set_policy(struct arguments *arguments, const char *name, struct argp_state *state) {
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
            arguments->kind = kinds[i].kind;
            return 0;
        }
    }
    argp_error(state, "unknown policy '%s'; it is one of auto, client, main, library, system, vault, runtime",
               name);
    return EINVAL;
}

static error_t parse_option(int key, char *value, struct argp_state *state) {
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_POLICY:
        return set_policy(arguments, value, state);
    case OPTION_QUIET:
        arguments->quiet = true;
        return 0;
    case OPTION_LD_SO:
        arguments->ld_so = value;
        return 0;
    case OPTION_BESIDE:
        arguments->beside[arguments->beside_count++] = value;
        return 0;
    case ARGP_KEY_ARGS:
        arguments->files = state->argv + state->next;
        arguments->file_count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no file given");
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

__attribute__((noreturn)) static void die_no_memory(void) {
    fputs("mpk-verify: out of memory\n", stderr);
    exit(EXIT_NOT_CHECKED);
}

struct file_report {
    const char *path;
    const struct mpk_elf *elf;
    bool quiet;
    size_t findings;
    size_t errors; // of them
};

static void report_finding(void *context, const struct mpk_finding *finding) {
    struct file_report *file = context;
    file->findings++;
    file->errors += finding->severity == MPK_ERROR;
    if (file->quiet)
        return;
    struct mpk_explanation explanation = {0};
    if (file->findings <= EXPLAIN_MAX)
        mpk_explain(file->elf, finding, &explanation);
    mpk_report_text(stdout, file->path, finding, &explanation);
}

static const char *kind_name(enum mpk_kind kind) {
    switch (kind) {
    case MPK_KIND_MAIN:
        return "client program";
    case MPK_KIND_LIBRARY:
        return "client library";
    case MPK_KIND_SYSTEM:
        return "system library";
    case MPK_KIND_LD_SO:
        return "dynamic loader";
    case MPK_KIND_VAULT:
        return "vault image";
    case MPK_KIND_RUNTIME:
        return "runtime";
    }
    return "object";
}

static int not_checked(const char *path, const char *why) {
    fprintf(stderr, "mpk-verify: %s: could not be checked: it %s\n", path, why);
    return EXIT_NOT_CHECKED;
}

static int verify_open(const char *path, int fd, const struct arguments *arguments,
                       struct mpk_policy policy) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open_fd(fd, path, &error);
    if (elf == NULL)
        return not_checked(path, error.text);
    if (arguments->kind == KIND_CLIENT)
        policy.kind = mpk_elf_interpreter(elf) != NULL ? MPK_KIND_MAIN : MPK_KIND_LIBRARY;
    else
        policy.kind = arguments->kind != 0 ? (enum mpk_kind)arguments->kind : mpk_elf_guess_kind(elf, fd);
    struct file_report report = {.path = path, .elf = elf, .quiet = arguments->quiet};
    bool judged = mpk_elf_judge(elf, &policy, report_finding, &report);
    if (judged && report.errors == 0 && !arguments->quiet)
        printf("%s: clean, as a %s\n", path, kind_name(policy.kind));
    mpk_elf_close(elf);
    if (!judged)
        return not_checked(path, "needs more memory than there is");
    return report.errors > 0 ? EXIT_FINDINGS : EXIT_CLEAN;
}

static int verify(const char *path, const struct arguments *arguments, const struct mpk_policy *policy) {
    // O_NONBLOCK: a FIFO must not hang the check; it is refused by its type.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        fprintf(stderr, "mpk-verify: %s: could not be checked: %s\n", path, strerror(errno));
        return EXIT_NOT_CHECKED;
    }
    int status = verify_open(path, fd, arguments, *policy);
    close(fd);
    return status;
}

typedef bool (*name_source)(const struct mpk_elf *elf, struct mpk_names *names);

static void collect_names(const char *path, name_source source, struct mpk_names *names) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = mpk_elf_open(path, &error);
    if (elf == NULL)
        exit(not_checked(path, error.text));
    if (!source(elf, names))
        die_no_memory();
    mpk_elf_close(elf);
}

int main(int argc, char **argv) {
    struct arguments arguments = {.ld_so = MPK_LD_SO, .beside = calloc((size_t)argc + 1, sizeof(char *))};
    struct mpk_names *exports = mpk_names_new();
    struct mpk_names *imports = mpk_names_new();
    if (arguments.beside == NULL || exports == NULL || imports == NULL)
        die_no_memory();
    argp_err_exit_status = EXIT_NOT_CHECKED;
    const struct argp parser = {options, parse_option, "FILE...", description, NULL, NULL, NULL};
    argp_parse(&parser, argc, argv, 0, NULL, &arguments);

    collect_names(arguments.ld_so, mpk_elf_add_exports, exports);
    if (!mpk_names_has(exports, "__tls_get_addr") || !mpk_names_has(exports, "_r_debug"))
        exit(not_checked(arguments.ld_so, "does not export what ld.so does"));
    for (size_t i = 0; i < arguments.beside_count; i++)
        collect_names(arguments.beside[i], mpk_elf_add_ifunc_imports, imports);
    const struct mpk_policy policy = {
        .ld_so = arguments.ld_so, .ld_so_exports = exports, .ifunc_imports = imports};
    int status = EXIT_CLEAN;
    for (size_t i = 0; i < arguments.file_count; i++) {
        int result = verify(arguments.files[i], &arguments, &policy);
        status = result > status ? result : status;
    }
    mpk_names_free(imports);
    mpk_names_free(exports);
    free(arguments.beside);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "mpk-verify: the report could not be written: %s\n", strerror(errno));
        return EXIT_NOT_CHECKED;
    }
    return status;
}
