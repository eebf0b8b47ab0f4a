// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the caller left: ignored and blocked signals.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    struct sigaction action;
    sigset_t mask;
    sigaction(SIGHUP, NULL, &action);
    printf("SIGHUP %s\n", action.sa_handler == SIG_IGN ? "ignored" : "default");
    sigaction(SIGUSR2, NULL, &action);
    printf("SIGUSR2 %s\n", action.sa_handler == SIG_IGN ? "ignored" : "default");
    sigprocmask(SIG_BLOCK, NULL, &mask);
    printf("SIGUSR1 %s, SIGUSR2 %s\n", sigismember(&mask, SIGUSR1) ? "blocked" : "open",
           sigismember(&mask, SIGUSR2) ? "blocked" : "open");
    printf("%s\n", getenv("MPKGATE_SIGNALS") != NULL ? "the variable is there" : "no variable");
    raise(SIGHUP);
    return 0;
}
