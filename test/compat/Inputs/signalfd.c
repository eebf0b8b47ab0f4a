// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// signalfd, alone and under poll.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static int fd;

static void read_one(void) {
    struct signalfd_siginfo information;
    ssize_t size = read(fd, &information, sizeof(information));
    if (size == sizeof(information))
        printf("signal %u, code %d, itself %d\n", information.ssi_signo, information.ssi_code,
               information.ssi_pid == (uint32_t)getpid());
    else
        printf("nothing: %s\n", strerror(errno));
}

static void *send(void *unused) {
    usleep(200000);
    kill(getpid(), SIGTERM);
    return unused;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    fd = signalfd(-1, &set, SFD_NONBLOCK);
    printf("descriptor %d\n", fd);
    read_one();
    raise(SIGUSR1);
    kill(getpid(), SIGTERM);
    read_one();
    read_one();
    read_one();
    pthread_t thread;
    pthread_create(&thread, NULL, send, NULL);
    struct pollfd descriptor = {.fd = fd, .events = POLLIN};
    printf("poll: %d\n", poll(&descriptor, 1, -1));
    read_one();
    pthread_join(thread, NULL);
    return 0;
}
