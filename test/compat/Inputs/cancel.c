// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// pthread_cancel. Argument: where the thread is when it is cancelled.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_barrier_t barrier;
static const char *where;

static void clean_up(void *argument) {
    printf("cleanup handler: %s\n", (const char *)argument);
    usleep(1000); // a wait inside: not cancelled again
}

static void stay(void) {
    sigset_t set;
    int number;
    sigemptyset(&set);
    if (strcmp(where, "sleep") == 0)
        sleep(30);
    else if (strcmp(where, "poll") == 0)
        poll(NULL, 0, 30000);
    else if (strcmp(where, "sigsuspend") == 0)
        sigsuspend(&set);
    else if (strcmp(where, "sigwait") == 0)
        sigaddset(&set, SIGUSR1), sigwait(&set, &number);
    else if (strcmp(where, "testcancel") == 0)
        for (;;)
            pthread_testcancel();
    else if (strcmp(where, "disabled") == 0) {
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
        usleep(300000);
        pthread_testcancel();
        printf("still there\n");
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        pthread_testcancel();
    }
}

static void *run(void *unused) {
    pthread_cleanup_push(clean_up, "outer");
    pthread_cleanup_push(clean_up, "inner");
    pthread_barrier_wait(&barrier);
    stay();
    printf("not cancelled\n");
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return unused;
}

int main(int argc, char **argv) {
    pthread_t thread;
    void *result;
    where = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, run, NULL);
    pthread_barrier_wait(&barrier);
    usleep(100000);
    int error = pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("pthread_cancel: %d\n", error);
    printf("result: %s\n", result == PTHREAD_CANCELED ? "cancelled" : "other");
    return 0;
}
