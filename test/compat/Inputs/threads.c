// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Signals and threads. Argument: which part.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static pthread_barrier_t barrier;
static sigset_t usr1;
static pthread_t expected;

static void show(int number) {
    printf("handler of %d, in the right thread %d\n", number, pthread_equal(pthread_self(), expected) != 0);
}

static void *show_mask(void *name) {
    sigset_t mask, pending;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    sigpending(&pending);
    printf("%s: SIGUSR1 blocked %d, pending %d; SIGUSR2 blocked %d\n", (char *)name,
           sigismember(&mask, SIGUSR1), sigismember(&pending, SIGUSR1), sigismember(&mask, SIGUSR2));
    return NULL;
}

static int show_mask_c11(void *name) {
    show_mask(name);
    return 0;
}

static void inherit(void) {
    pthread_t thread;
    thrd_t c11;
    pthread_attr_t attributes;
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    raise(SIGUSR1); // this thread's alone
    pthread_create(&thread, NULL, show_mask, "thread");
    pthread_join(thread, NULL);
    thrd_create(&c11, show_mask_c11, "C11 thread");
    thrd_join(c11, NULL);
    pthread_attr_init(&attributes);
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR2);
    pthread_attr_setsigmask_np(&attributes, &mask);
    pthread_create(&thread, &attributes, show_mask, "thread with a mask of its own");
    pthread_join(thread, NULL);
    show_mask("main");
}

static void *suspend(void *unused) {
    sigset_t none;
    sigemptyset(&none);
    pthread_barrier_wait(&barrier);
    int result = sigsuspend(&none);
    printf("sigsuspend: %s\n", result < 0 && errno == EINTR ? "interrupted" : "?");
    return unused;
}

static void directed(void) {
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    signal(SIGUSR1, show);
    pthread_create(&expected, NULL, suspend, NULL);
    pthread_barrier_wait(&barrier);
    int error = pthread_kill(expected, SIGUSR1);
    pthread_join(expected, NULL);
    printf("pthread_kill: %d\n", error);
    show_mask("main");
    expected = pthread_self();
    pthread_kill(pthread_self(), SIGUSR1);
    show_mask("main");
    pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
    printf("signal 65: %s\n", strerror(pthread_kill(pthread_self(), 65)));
}

static void *wait_once(void *unused) {
    int number = 0;
    pthread_barrier_wait(&barrier);
    int error = sigwait(&usr1, &number);
    printf("sigwait: %d, signal %d\n", error, number);
    return unused;
}

static void wait_in_thread(void) {
    pthread_t thread;
    siginfo_t information;
    struct timespec soon = {.tv_nsec = 100000000};
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
    pthread_create(&thread, NULL, wait_once, NULL);
    pthread_barrier_wait(&barrier);
    kill(getpid(), SIGUSR1);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, wait_once, NULL);
    pthread_barrier_wait(&barrier);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    raise(SIGUSR1);
    int number = sigwaitinfo(&usr1, &information);
    printf("sigwaitinfo: %d, code %d, itself %d\n", number, information.si_code,
           information.si_pid == getpid());
    number = sigtimedwait(&usr1, &information, &soon);
    printf("sigtimedwait: %d %s\n", number, strerror(errno));
}

static void *spin(void *unused) {
    pthread_barrier_wait(&barrier);
    for (;;)
        usleep(10000);
    return unused;
}

static void end(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, spin, NULL);
    pthread_barrier_wait(&barrier);
    pthread_kill(thread, SIGTERM);
    pthread_join(thread, NULL);
    printf("not ended\n");
}

int main(int argc, char **argv) {
    const char *part = argc > 1 ? argv[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_barrier_init(&barrier, NULL, 2);
    if (strcmp(part, "inherit") == 0)
        inherit();
    else if (strcmp(part, "directed") == 0)
        directed();
    else if (strcmp(part, "sigwait") == 0)
        wait_in_thread();
    else if (strcmp(part, "end") == 0)
        end();
    else
        return 99;
    return 0;
}
