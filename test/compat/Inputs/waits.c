// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waits that a signal interrupts: it comes from another thread a moment after they have begun. Argument:
// which.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static pthread_t main_thread;
static sigset_t open_mask, before;
static int ends[2], epoll;

static void show(int number) {
    printf("handler of %d, in the main thread %d\n", number, pthread_equal(pthread_self(), main_thread) != 0);
}

static void *send(void *number) {
    usleep(300000);
    kill(getpid(), *(int *)number);
    return NULL;
}

static void *write_late(void *unused) {
    usleep(300000);
    (void)!write(ends[1], "x", 1);
    return unused;
}

static int wait_in(const char *which, struct timespec *timeout) {
    struct pollfd descriptor = {.fd = ends[0], .events = POLLIN};
    struct epoll_event event;
    int milliseconds = timeout != NULL ? (int)(timeout->tv_sec * 1000 + timeout->tv_nsec / 1000000) : -1;
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval time = {.tv_sec = timeout != NULL ? timeout->tv_sec : 0,
                           .tv_usec = timeout != NULL ? timeout->tv_nsec / 1000 : 0};
    if (strcmp(which, "ppoll") == 0)
        return ppoll(&descriptor, 1, timeout, &open_mask);
    if (strcmp(which, "poll") == 0)
        return poll(&descriptor, 1, milliseconds);
    if (strcmp(which, "pselect") == 0)
        return pselect(ends[0] + 1, &set, NULL, NULL, timeout, &open_mask);
    if (strcmp(which, "select") == 0)
        return select(ends[0] + 1, &set, NULL, NULL, timeout != NULL ? &time : NULL);
    if (strcmp(which, "epoll_pwait") == 0)
        return epoll_pwait(epoll, &event, 1, milliseconds, &open_mask);
    if (strcmp(which, "epoll_pwait2") == 0)
        return epoll_pwait2(epoll, &event, 1, timeout, &open_mask);
    if (strcmp(which, "epoll_wait") == 0)
        return epoll_wait(epoll, &event, 1, milliseconds);
    if (strcmp(which, "sigsuspend") == 0)
        return sigsuspend(&open_mask);
    if (strcmp(which, "pause") == 0)
        return pause();
    if (strcmp(which, "sigpause") == 0)
        return sigpause(SIGUSR1);
    return -2;
}

static void report(const char *what, int result) {
    sigset_t now;
    int error = errno;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    printf("%s: %d%s%s, SIGUSR1 blocked %d\n", what, result, result < 0 ? " " : "",
           result < 0 ? strerror(error) : "", sigismember(&now, SIGUSR1));
}

static void with_thread(void *(*function)(void *), int number, const char *what, const char *which) {
    pthread_t thread;
    pthread_create(&thread, NULL, function, &number);
    report(what, wait_in(which, NULL));
    pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
    const char *which = argc > 1 ? argv[1] : "";
    struct sigaction action = {.sa_handler = show, .sa_flags = SA_RESTART}; // these are never restarted
    struct timespec soon = {.tv_nsec = 200000000};
    setvbuf(stdout, NULL, _IONBF, 0);
    main_thread = pthread_self();
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGUSR2, SIG_IGN);
    (void)!pipe(ends);
    epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
    sigemptyset(&open_mask);
    if (argc > 2) { // blocked but during the wait
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, &before);
        raise(SIGUSR1);
        report("pending before", wait_in(which, NULL));
    }
    with_thread(send, SIGUSR1, "interrupted", which);
    if (strstr(which, "poll") == NULL && strstr(which, "select") == NULL)
        return 0;
    report("timed out", wait_in(which, &soon));
    pthread_t thread;
    int ignored = SIGUSR2;
    pthread_create(&thread, NULL, send, &ignored);
    soon.tv_nsec = 600000000;
    report("ignored signal", wait_in(which, &soon));
    pthread_join(thread, NULL);
    with_thread(write_late, 0, "ready", which);
    report("ready at once", wait_in(which, NULL));
    return 0;
}
