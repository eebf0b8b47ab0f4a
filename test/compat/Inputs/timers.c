// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Timers that send signals.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count;

static void tick(int number) {
    (void)number;
    count++;
}

static void show(int number, siginfo_t *information, void *context) {
    (void)context;
    printf("signal %d, code %d, value %d\n", number, information->si_code, information->si_value.sival_int);
}

static void intervals(void) {
    struct itimerval every = {.it_interval = {.tv_usec = 50000}, .it_value = {.tv_usec = 50000}}, off = {0};
    sigset_t alarm_set, before;
    sigemptyset(&alarm_set);
    sigaddset(&alarm_set, SIGALRM);
    sigprocmask(SIG_BLOCK, &alarm_set, &before);
    count = 0;
    setitimer(ITIMER_REAL, &every, NULL);
    while (count < 5)
        sigsuspend(&before);
    setitimer(ITIMER_REAL, &off, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    printf("five ticks\n");
}

static void posix_timer(void) {
    struct sigaction action = {.sa_sigaction = show, .sa_flags = SA_SIGINFO};
    struct sigevent event = {
        .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 42};
    struct itimerspec once = {.it_value = {.tv_nsec = 50000000}};
    timer_t timer;
    sigaction(SIGRTMIN, &action, NULL);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        printf("timer_create: %s\n", strerror(errno));
    timer_settime(timer, 0, &once, NULL);
    printf("pause: %d %s\n", pause(), strerror(errno));
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    signal(SIGALRM, tick);
    alarm(1);
    printf("pause: %d %s\n", pause(), strerror(errno));
    alarm(1);
    unsigned left = sleep(30);
    printf("sleep: cut short %d\n", left > 20 && left < 30);
    alarm(1);
    struct timespec time = {.tv_sec = 30}, rest;
    printf("nanosleep: %d %s", nanosleep(&time, &rest), strerror(errno));
    printf(", rest %d\n", rest.tv_sec > 20 && rest.tv_sec < 30);
    printf("alarms: %d\n", (int)count);
    intervals();
    posix_timer();
    signal(SIGALRM, SIG_DFL);
    alarm(1);
    sleep(30);
    printf("not ended\n");
    return 0;
}
