// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals from outside, each of which has a handler (which may interrupt main, so no stdio). Says "ready" and
// then does what the argument says until a handler sets the end.
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t is_over;

static void stop(int number) {
    dprintf(1, "handler of %d\n", number);
    is_over = 1;
}

static void go_on(int number) {
    dprintf(1, "handler of %d\n", number);
}

static void child_ended(int number, siginfo_t *information, void *context) {
    (void)context;
    int status, child = waitpid(-1, &status, WNOHANG);
    dprintf(1, "signal %d, code %d, child %d, status %d\n", number, information->si_code,
            child == information->si_pid, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    is_over = 1;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    signal(SIGCONT, go_on);
    struct sigaction action = {.sa_sigaction = child_ended, .sa_flags = SA_SIGINFO};
    sigaction(SIGCHLD, &action, NULL);
    if (strcmp(what, "default") != 0) {
        signal(SIGINT, stop);
        signal(SIGTERM, stop);
    }
    dprintf(1, "ready\n");
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do { // never more than a minute, whatever comes or does not
        if (strcmp(what, "wait") == 0)
            poll(NULL, 0, 2000); // not the whole minute: a signal may come just before the wait
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (!is_over && now.tv_sec - start.tv_sec < 60);
    dprintf(1, is_over ? "over\n" : "nothing came\n");
    return is_over ? 7 : 1;
}
