// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// phase1: who can read and who can write the key, without protection and with it. Each cell of the matrix is
// a process of its own, and what the matrix says is how that process ended. Ends with status 1 if anything is
// not as it must be.
//
// PHASE1_* are the programs' paths, set by CMake. A key is made for the occasion in the folder named on the
// command line.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

enum result { ALLOWED, DENIED, BROKEN };

// Runs a cell. Its standard output says how far it came.
static enum result run(const char *const *arguments) {
    char output[64] = {0};
    size_t size = 0;
    ssize_t part;
    int ends[2];
    int status;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return BROKEN;
    child = fork();
    if (child < 0)
        return BROKEN;
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execv(arguments[0], (char *const *)arguments);
        fprintf(stderr, "phase1: %s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    close(ends[1]);
    while (size < sizeof output - 1 && (part = read(ends[0], output + size, sizeof output - 1 - size)) > 0)
        size += (size_t)part;
    close(ends[0]);
    if (waitpid(child, &status, 0) != child)
        return BROKEN;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && strcmp(output, "tries\ndone\n") == 0)
        return ALLOWED;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && strcmp(output, "tries\n") == 0)
        return DENIED;
    return BROKEN;
}

static enum result unprotected_cell(const char *who, const char *what, const char *key_file) {
    const char *arguments[] = {PHASE1_CELL_UNPROTECTED, who, what, NULL};
    char *keys;

    if (asprintf(&keys, "phase1=%s", key_file) < 0)
        return BROKEN;
    setenv("VAULT_KEYS", keys, 1);
    free(keys);
    return run(arguments);
}

static enum result protected_cell(const char *who, const char *what, const char *key_file) {
    const char *arguments[ARGUMENTS_MAX] = {PHASE1_MPK_RUN, "--vault",   PHASE1_VAULT, "--key", NULL,
                                            "--",           PHASE1_CELL, who,          what,    NULL};
    enum result result;
    char *key;

    if (asprintf(&key, "phase1=%s", key_file) < 0)
        return BROKEN;
    arguments[4] = key;
    result = run(arguments);
    free(key);
    return result;
}

static int make_key(const char *folder, char **key_file) {
    unsigned char key[32];
    int fd;
    int failed;

    if (asprintf(key_file, "%s/phase1-key.XXXXXX", folder) < 0)
        return -1;
    fd = mkostemp(*key_file, O_CLOEXEC);
    failed =
        fd < 0 || getrandom(key, sizeof key, 0) != sizeof key || write(fd, key, sizeof key) != sizeof key;
    if (failed)
        fprintf(stderr, "phase1: %s: %s\n", *key_file, strerror(errno));
    if (fd >= 0)
        close(fd);
    return failed ? -1 : 0;
}

int main(int argc, char **argv) {
    static const char *const word[] = {"allowed", "denied (SIGSEGV)", "BROKEN"};
    static const struct {
        const char *who;
        const char *what;
        enum result protected; // what must come out
    } cell[] = {
        {"main", "read", DENIED},     {"main", "write", DENIED},     {"trusted", "read", ALLOWED},
        {"trusted", "write", DENIED}, {"untrusted", "read", DENIED}, {"untrusted", "write", DENIED},
    };
    char *key_file;
    int wrong = 0;

    if (argc != 2) {
        fputs("usage: phase1 FOLDER        (for the key file; something temporary)\n", stderr);
        return 2;
    }
    if (make_key(argv[1], &key_file) != 0)
        return 2;
    printf("%-10s %-6s  %-18s %s\n", "who", "does", "without MPKGate", "with MPKGate");
    fflush(stdout);
    for (size_t i = 0; i < sizeof cell / sizeof cell[0]; i++) {
        enum result without = unprotected_cell(cell[i].who, cell[i].what, key_file);
        enum result with = protected_cell(cell[i].who, cell[i].what, key_file);
        int expected = without == ALLOWED && with == cell[i].protected;

        printf("%-10s %-6s  %-18s %-18s%s\n", cell[i].who, cell[i].what, word[without], word[with],
               expected ? "" : "  <- not as it must be");
        fflush(stdout);
        wrong |= !expected;
    }
    unlink(key_file);
    free(key_file);
    return wrong;
}
