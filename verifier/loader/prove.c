// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The proof that the rule set keeps the guarded files out (A52): a child that is restricted by it tries.
#include "files.h"

#include "die.h"
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { CHILD_PROVED = 0, CHILD_OPENED = 1, CHILD_FAILED = 2 };

static bool opens(const char *path, int mode) {
    int file = open(path, mode | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file >= 0)
        close(file);
    return file >= 0;
}

// The child's verdict: index and mode of the first guarded file that opens are written to the pipe.
struct opened {
    size_t guard;
    bool for_writing;
};

_Noreturn static void try_all(int rule_set, const struct guards *guards, int report) {
    if (rule_set >= 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || landlock_restrict(rule_set) != 0))
        _exit(CHILD_FAILED);
    for (size_t i = 0; i < guards->count; i++) {
        const struct guard *guard = &guards->guard[i];
        bool is_read = guard->kind == GUARD_SECRET && opens(guard->path, O_RDONLY);
        bool is_written =
            (guard->kind == GUARD_SECRET || guard->kind == GUARD_TRUSTED) && opens(guard->path, O_WRONLY);
        if (!is_read && !is_written)
            continue;
        struct opened opened = {i, !is_read};
        _exit(write(report, &opened, sizeof(opened)) == (ssize_t)sizeof(opened) ? CHILD_OPENED
                                                                                : CHILD_FAILED);
    }
    _exit(CHILD_PROVED);
}

static void refuse_opened(int rule_set, const struct guard *guard, bool for_writing) {
    die(MPK_RUN_FAILED,
        rule_set < 0 ? "this kernel has no Landlock: give the file to another user, or enable Landlock (lsm=)"
                     : "move it out of the trees that the program may use (--ro, --rw)",
        "the client could %s %s, %s", for_writing ? "write" : "open", guard->what, guard->path);
}

void landlock_prove(int rule_set, const struct guards *guards) {
    int channel[2];
    if (pipe2(channel, O_CLOEXEC) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot make a pipe");
    fflush(stderr);
    pid_t child = fork();
    if (child < 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot fork");
    if (child == 0)
        try_all(rule_set, guards, channel[1]);
    close(channel[1]);
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            die_errno(MPK_RUN_FAILED, NULL, "cannot wait for the child");
    }
    struct opened opened;
    if (WIFEXITED(status) && WEXITSTATUS(status) == CHILD_OPENED &&
        read(channel[0], &opened, sizeof(opened)) == (ssize_t)sizeof(opened) && opened.guard < guards->count)
        refuse_opened(rule_set, &guards->guard[opened.guard], opened.for_writing);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != CHILD_PROVED)
        die(MPK_RUN_FAILED, NULL, "cannot prove that the program will be kept from the key files");
    close(channel[0]);
}
