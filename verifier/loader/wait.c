// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See wait.h. The parent opens nothing but the store: keys, plan and copies exist only in the child.
#include "wait.h"

#include "die.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *meaning(int signal) {
    switch (signal) {
    case SIGSEGV:
        return "usually an access to vault memory, or an ordinary bad pointer";
    case SIGSYS:
        return "a system call that the seal denies";
    case SIGILL:
        return "usually a gate's check, or neutralised code such as pkey_set";
    case SIGBUS:
        return "an access beyond the end of a file, or a misaligned one";
    case SIGABRT:
        return "the program gave up; its own message says why";
    case SIGKILL:
        return "somebody else ended it: kill -9, or the kernel for want of memory";
    default:
        return "from outside, or by the program itself";
    }
}

static void report_end(int status) {
    int number = WTERMSIG(status);
    const char *name = sigabbrev_np(number);
    fprintf(stderr, "mpk-run: the program was ended by signal %d (SIG%s): %s\n", number,
            name != NULL ? name : "RT", meaning(number));
}

_Noreturn static void finish(int status) {
    keeper_stop();
    if (WIFEXITED(status))
        exit(WEXITSTATUS(status));
    report_end(status);
    exit(128 + WTERMSIG(status));
}

// Looks at the child. A stop is copied, so that the shell's job control sees it.
static void look_at(pid_t child) {
    int status;
    while (waitpid(child, &status, WNOHANG | WUNTRACED) == child) {
        if (!WIFSTOPPED(status))
            finish(status);
        kill(getpid(), SIGSTOP);
        kill(child, SIGCONT);
    }
}

void wait_for_child(struct keeper *keeper) {
    sigset_t all, before;
    sigfillset(&all);
    if (sigprocmask(SIG_SETMASK, &all, &before) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot block signals");
    fflush(stderr);
    pid_t child = fork();
    if (child < 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot fork");
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        return;
    }
    if (keeper != NULL)
        keeper_start(keeper); // with all signals blocked
    for (;;) {
        siginfo_t information;
        int number = sigwaitinfo(&all, &information);
        if (number == SIGCHLD)
            look_at(child);
        else if (number > 0 && information.si_code != SI_KERNEL) // a terminal's go to the child as well
            kill(child, number);
    }
}
