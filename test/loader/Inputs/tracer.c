// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// tracer COMMAND...: runs it under ptrace and passes its exit status on.
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2)
        return 99;
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        execv(argv[1], argv + 1);
        return 99;
    }
    int status;
    while (waitpid(child, &status, 0) == child && !WIFEXITED(status)) {
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        int number = WSTOPSIG(status);
        ptrace(PTRACE_CONT, child, 0, number == SIGTRAP ? 0 : number);
    }
    return WEXITSTATUS(status);
}
