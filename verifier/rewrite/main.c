// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mpk-rewrite: takes WRPKRU and XRSTOR out of linked files, and binds calls in them to gates. The work is
// done in a child process, which a hostile file may kill; this process only puts the finished file into its
// place.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mpk-rewrite.h"
#include "options.h"
#include "rewrite-report.h"
#include "temporary.h"
#include "tool.h"
#include "transfer.h"

#define CHILD_SECONDS 600 // of CPU time: far more than the largest libraries take
// The child's answer is in its status, above what libraries exit with.
#define ANSWER 0x40

// --- The child ---------------------------------------------------------------------------------------------

static void limit_child(void) {
    struct rlimit none = {0, 0};
    struct rlimit seconds = {CHILD_SECONDS, CHILD_SECONDS};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_CPU, &seconds);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

// A banned name that could not be bound to a stub, or a function not to its gate, counts like a pattern.
static bool is_complete(const struct mpk_rewritten *result) {
    for (size_t i = result->before; i < result->count; i++) {
        if (result->sites[i].how == MPK_REWRITE_LEFT)
            return false;
    }
    return result->after == 0;
}

// They stay open until the process ends.
static bool open_libraries(const struct options *options, struct mpk_rewrite_wish *wish) {
    for (size_t i = 0; i < options->library_count; i++) {
        struct mpk_elf_error error;
        const struct mpk_elf *library = mpk_elf_open(options->libraries[i], &error);
        if (library == NULL || !mpk_rewrite_check_library(library, &error)) {
            fprintf(stderr, "mpk-rewrite: %s: nothing can be bound to it: it %s\n", options->libraries[i],
                    error.text);
            return false;
        }
        wish->libraries[wish->library_count++] = library;
    }
    return true;
}

static int rewrite_file(const struct options *options, int fd) {
    struct mpk_elf_error error;
    struct mpk_rewritten result;
    struct mpk_rewrite_wish wish = {.banned = options->banned};
    if (!open_libraries(options, &wish))
        return EXIT_NOT_CHECKED;
    struct mpk_elf *elf = mpk_elf_open(options->input, &error);
    if (elf == NULL || !mpk_rewrite(elf, &wish, &result, &error)) {
        mpk_elf_close(elf);
        fprintf(stderr, "mpk-rewrite: %s: could not be rewritten: it %s\n", options->input, error.text);
        return EXIT_NOT_CHECKED;
    }
    int status = is_complete(&result) ? EXIT_CLEAN : EXIT_FINDINGS;
    if (fd >= 0 && !write_all(fd, result.file, result.size)) {
        fprintf(stderr, "mpk-rewrite: %s: could not be written: %s\n", options->output, strerror(errno));
        status = EXIT_NOT_CHECKED;
    } else if (options->json) {
        report_json(stdout, options, &result, status);
    } else if (!options->quiet) {
        report_text(stdout, options, &result);
    }
    if (fflush(stdout) != 0) {
        fprintf(stderr, "mpk-rewrite: the report could not be written: %s\n", strerror(errno));
        status = EXIT_NOT_CHECKED;
    }
    mpk_rewritten_free(&result);
    mpk_elf_close(elf);
    return status;
}

// Returns the exit status.
static int rewrite_in_child(const struct options *options, int fd) {
    int status = 0;
    pid_t child = fork();
    if (child < 0)
        die("no process could be started: %s", strerror(errno));
    if (child == 0) {
        limit_child();
        _exit(ANSWER | rewrite_file(options, fd));
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && (WEXITSTATUS(status) & ANSWER) != 0)
        return WEXITSTATUS(status) & ~ANSWER;
    if (WIFSIGNALED(status))
        fprintf(stderr, "mpk-rewrite: %s: could not be rewritten: it brought down its reader (signal %d)\n",
                options->input, WTERMSIG(status));
    else
        fprintf(stderr, "mpk-rewrite: %s: could not be rewritten: out of memory\n", options->input);
    return EXIT_NOT_CHECKED;
}

// --- The new file ------------------------------------------------------------------------------------------

// The old file's rights, without what lets it run as somebody else.
static mode_t wanted_mode(const char *input) {
    struct stat status;
    return stat(input, &status) == 0 ? status.st_mode & 0777 : 0600;
}

static int open_output(const struct options *options) {
    struct stat status;
    if (options->output == NULL)
        return -1;
    if (stat(options->output, &status) == 0 && !S_ISREG(status.st_mode))
        die("%s: could not be written: it is no regular file", options->output);
    int fd = temporary_open(options->output);
    if (fd < 0)
        die("%s: could not be written: %s", options->output, strerror(errno));
    return fd;
}

static void commit(const struct options *options, int fd) {
    bool ok = fchmod(fd, wanted_mode(options->input)) == 0;
    ok = close(fd) == 0 && ok;
    if (!ok || temporary_commit() != 0)
        die("%s: could not be written: %s", options->output, strerror(errno));
}

int main(int argc, char **argv) {
    struct options options;
    options_parse(argc, argv, &options);
    int fd = open_output(&options);
    int status = rewrite_in_child(&options, fd);
    if (fd >= 0 && status != EXIT_NOT_CHECKED)
        commit(&options, fd);
    return status;
}
