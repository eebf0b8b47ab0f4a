// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A39: another thread changes an argument after it was checked and before it is used.
#include "evil.h"

#include <pthread.h>
#include <vault-testing.h>

static volatile uint8_t argument[1];
static volatile int stop;

static void *change(void *unused) {
    (void)unused;
    while (!stop)
        argument[0]++;
    return NULL;
}

int evil_change_during_call(const struct evil_target *target) {
    pthread_t thread;
    int32_t differed = 0;

    (void)target;
    if (pthread_create(&thread, NULL, change, NULL) != 0)
        return evil_cannot("pthread_create");
    // Long enough for the other thread to have its turn, on one processor too.
    for (int i = 0; i < 20 && differed == 0; i++)
        differed = vault_test_read_twice((const uint8_t *)argument, sizeof argument, 3000000);
    stop = 1;
    pthread_join(thread, NULL);
    if (differed < 0)
        return evil_failed_because("vault_test_read_twice: %d", (int)differed);
    if (differed == 0)
        return evil_failed_because("the vault saw one value, however often it looked");
    return evil_succeeded("the vault saw an argument change");
}
