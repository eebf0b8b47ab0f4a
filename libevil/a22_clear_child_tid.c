// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A22: when a thread ends the kernel writes 0 to an address that the thread chose.
#include "evil.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *chosen;
static volatile int refused = -1;

static void *end_here(void *unused) {
    long result = syscall(SYS_set_tid_address, chosen);

    (void)unused;
    refused = result < 0 ? errno : 0;
    syscall(SYS_exit, 0);
    return NULL;
}

int evil_clear_child_tid(const struct evil_target *target) {
    struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    uint32_t word = 1;
    pthread_t thread;

    chosen = target->key;
    if (pthread_create(&thread, NULL, end_here, NULL) != 0)
        return evil_cannot("pthread_create");
    for (int i = 0; i < 200 && refused < 0; i++)
        nanosleep(&pause, NULL);
    if (refused > 0) {
        errno = refused;
        return evil_failed("set_tid_address");
    }
    for (int i = 0; i < 200 && word != 0; i++) {
        nanosleep(&pause, NULL);
        memcpy(&word, target->key, sizeof word);
    }
    if (word != 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("zeroed 4 key bytes by the end of a thread");
}
