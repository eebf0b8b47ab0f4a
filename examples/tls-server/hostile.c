// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See hostile.h. The attacks are libevil's, those of them that are refused with an error; what ends the
// process, as a load from the key does, could not be tried while it serves.
#include "hostile.h"

#include "evil.h"
#include "memory_search.h"
#include "target.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define BETWEEN_ROUNDS 20000000 // ns: to attack a server that serves, not one that starves
#define ROUNDS_A_SEARCH 50      // the search is the slowest by far

enum when { ALWAYS, AT_THE_END_IF_OPEN };

struct attack {
    const char *name;
    enum when when;
    unsigned long refused;
    unsigned long succeeded;
    unsigned long not_tried;
};

static struct attack attacks[] = {
    {.name = "a10-process-vm-readv"},
    {.name = "a11-proc-mem-read"},
    {.name = "a11-proc-mem-names"},
    {.name = "a12-ptrace-fork"},
    {.name = "a14-io-uring"},
    {.name = "a15-write-syscall"},
    {.name = "a23-mmap-exec"},
    {.name = "a52-key-file"},
    // The other threads use the page while it is without a protection, or has another one.
    {.name = "a17-mprotect", .when = AT_THE_END_IF_OPEN},
};
#define ATTACKS (sizeof attacks / sizeof attacks[0])

static struct evil_target target;
static struct memory_search search;
static struct attack look_everywhere = {.name = "memory-search"};
static pthread_t thread;
static atomic_int is_over;

static void count(struct attack *attack, int outcome) {
    attack->refused += outcome == EVIL_FAILED;
    attack->succeeded += outcome == EVIL_SUCCEEDED;
    attack->not_tried += outcome == EVIL_CANNOT;
}

// What has succeeded is not done again: it has the key already.
static void attack_once(struct attack *attack, int at_the_end) {
    if (attack->succeeded == 0 && (attack->when == ALWAYS || target.is_sealed || at_the_end))
        count(attack, evil_attack(attack->name, &target));
}

static int search_memory(void) {
    if (memory_search_run(&search) != 0)
        return EVIL_CANNOT;
    return search.found > 0 ? EVIL_SUCCEEDED : EVIL_FAILED;
}

static void *attack_all(void *unused) {
    static const struct timespec pause = {.tv_nsec = BETWEEN_ROUNDS};

    for (unsigned long round = 0; !is_over; round++) {
        if (search.needles > 0 && look_everywhere.succeeded == 0 && round % ROUNDS_A_SEARCH == 0)
            count(&look_everywhere, search_memory());
        for (size_t i = 0; i < ATTACKS; i++)
            attack_once(&attacks[i], 0);
        nanosleep(&pause, NULL);
    }
    return unused;
}

int hostile_start(const char *key_name, const char *key_file, const char *needles) {
    target.key_file = key_file;
    if (target_find(&target, key_name, 0) != 0 ||
        (needles != NULL && memory_search_load(&search, needles) != 0))
        return -1;
    evil_be_quiet();
    if (pthread_create(&thread, NULL, attack_all, NULL) != 0) {
        fputs("tls-server: no thread for the attacks\n", stderr);
        return -1;
    }
    return 0;
}

static void report(const struct attack *attack) {
    printf("attack %s: refused %lu times, succeeded %lu times", attack->name, attack->refused,
           attack->succeeded);
    if (attack->not_tried > 0)
        printf(", could not be tried %lu times", attack->not_tried);
    putchar('\n');
}

int hostile_stop(void) {
    int succeeded = 0;
    unsigned long not_tried = 0;

    is_over = 1;
    pthread_join(thread, NULL);
    if (search.needles > 0) {
        report(&look_everywhere);
        succeeded += look_everywhere.succeeded > 0;
        not_tried += look_everywhere.not_tried;
    }
    for (size_t i = 0; i < ATTACKS; i++) {
        attack_once(&attacks[i], 1);
        report(&attacks[i]);
        succeeded += attacks[i].succeeded > 0;
        not_tried += attacks[i].not_tried;
    }
    printf("attacks: %d kinds succeeded\n", succeeded);
    return not_tried > 0 ? -1 : succeeded;
}
