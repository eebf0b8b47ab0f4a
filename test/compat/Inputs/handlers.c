// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Handlers of signals that the program sends to itself. Argument: which part.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int depth, sent;

static void show(int number) {
    printf("%*shandler of %d\n", 2 * depth, "", number);
}

static void show_information(int number, siginfo_t *information, void *context) {
    printf("signal %d, information %d, code %d, sender %s, context %s\n", number, information->si_signo,
           information->si_code, information->si_pid == getpid() ? "itself" : "another",
           context != NULL ? "there" : "missing");
}

// Sends the next one while it runs.
static void nest(int number) {
    show(number);
    depth++;
    if (number == SIGUSR1)
        raise(SIGUSR2);
    depth--;
    printf("%*send of %d\n", 2 * depth, "", number);
}

static void again(int number) {
    show(number);
    depth++;
    if (++sent < 3)
        raise(number);
    printf("%*send of %d\n", 2 * --depth, "", number);
}

static void install(int number, void (*handler)(int), int flags, int masked) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    if (masked != 0)
        sigaddset(&action.sa_mask, masked);
    if (sigaction(number, &action, NULL) != 0)
        printf("sigaction: %s\n", strerror(errno));
}

static void information(void) {
    struct sigaction action = {.sa_sigaction = show_information, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    kill(getpid(), SIGUSR1);
    sigaction(SIGRTMIN + 3, &action, NULL);
    raise(SIGRTMIN + 3);
}

static void old(void) {
    struct sigaction action;
    printf("before: %s\n", signal(SIGUSR1, show) == SIG_DFL ? "default" : "other");
    sigaction(SIGUSR1, NULL, &action);
    printf("signal: own %d, SA_RESTART %d, blocks itself %d\n", action.sa_handler == show,
           (action.sa_flags & SA_RESTART) != 0, sigismember(&action.sa_mask, SIGUSR1));
    siginterrupt(SIGUSR1, 1);
    sigaction(SIGUSR1, NULL, &action);
    printf("siginterrupt: SA_RESTART %d\n", (action.sa_flags & SA_RESTART) != 0);
    printf("SIGKILL: %s\n", signal(SIGKILL, show) == SIG_ERR ? strerror(errno) : "allowed");
    errno = 0;
    printf("signal 65: %s\n", sigaction(65, NULL, NULL) != 0 ? strerror(errno) : "allowed");
    printf("signal 32: %s\n", sigaction(32, NULL, NULL) != 0 ? strerror(errno) : "allowed");
    printf("query of SIGKILL: %d\n", sigaction(SIGKILL, NULL, &action));
    printf("sigset: %s\n", sigset(SIGUSR2, SIG_HOLD) == SIG_DFL ? "default" : "other");
    printf("sigset: %s\n", sigset(SIGUSR2, show) == SIG_HOLD ? "held" : "other");
    raise(SIGUSR2);
    sighold(SIGUSR2);
    raise(SIGUSR2);
    printf("held\n");
    sigrelse(SIGUSR2);
}

static void ignore(void) {
    signal(SIGTERM, SIG_IGN);
    raise(SIGTERM);
    kill(getpid(), SIGTERM);
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("pending %d\n", sigismember(&pending, SIGUSR1));
    signal(SIGUSR1, SIG_IGN); // discards it
    sigpending(&pending);
    printf("pending %d\n", sigismember(&pending, SIGUSR1));
    signal(SIGUSR1, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("alive\n");
}

static void stacked(void) {
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    install(SIGUSR1, show, 0, 0);
    install(SIGUSR2, show, 0, SIGHUP);
    install(SIGHUP, show, 0, 0);
    install(SIGRTMIN, show, 0, 0);
    for (int i = 0; i < 3; i++) { // standard signals once, real-time signals as often as sent
        raise(SIGUSR1);
        raise(SIGUSR2);
        raise(SIGRTMIN);
    }
    raise(SIGHUP);
    printf("all blocked\n");
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("all handled\n");
}

int main(int argc, char **argv) {
    const char *part = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(part, "information") == 0)
        information();
    else if (strcmp(part, "old") == 0)
        old();
    else if (strcmp(part, "ignore") == 0)
        ignore();
    else if (strcmp(part, "nested") == 0)
        install(SIGUSR1, nest, 0, 0), install(SIGUSR2, nest, 0, 0), raise(SIGUSR1);
    else if (strcmp(part, "masked") == 0)
        install(SIGUSR1, nest, 0, SIGUSR2), install(SIGUSR2, nest, 0, 0), raise(SIGUSR1);
    else if (strcmp(part, "deferred") == 0)
        install(SIGUSR1, again, 0, 0), raise(SIGUSR1);
    else if (strcmp(part, "undeferred") == 0)
        install(SIGUSR1, again, SA_NODEFER, 0), raise(SIGUSR1);
    else if (strcmp(part, "once") == 0)
        install(SIGUSR1, show, (int)SA_RESETHAND, 0), raise(SIGUSR1), raise(SIGUSR1), printf("alive\n");
    else if (strcmp(part, "stacked") == 0)
        stacked();
    else
        return 99;
    return 0;
}
