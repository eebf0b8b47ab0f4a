// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A16c: a crash while trusted code has the key open, and a core file to find it in.
#include "evil.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t dying;

static void *end_it(void *unused) {
    struct timespec pause = {.tv_nsec = 10000000};

    (void)unused;
    nanosleep(&pause, NULL);
    syscall(SYS_tgkill, getpid(), dying, SIGQUIT);
    return NULL;
}

static _Noreturn void crash(const struct evil_target *target) {
    pthread_t thread;

    dying = gettid();
    if (pthread_create(&thread, NULL, end_it, NULL) != 0)
        _exit(1);
    for (;;)
        target->call_trusted();
}

static int look_for_key(const struct evil_target *target, const unsigned char *known) {
    int file = open("core", O_RDONLY | O_CLOEXEC);
    struct stat status;
    const void *core;
    const unsigned char *found;

    if (file < 0 || fstat(file, &status) != 0)
        return evil_failed("open of the core file");
    core = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (core == MAP_FAILED)
        return evil_cannot("mmap of the core file");
    found = memmem(core, (size_t)status.st_size, known, target->key_size);
    unlink("core");
    if (found == NULL)
        return evil_failed_because("the key is not in the core file");
    return evil_got(target, found, "a core file");
}

int evil_core_dump(const struct evil_target *target) {
    const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    const char *folder = getenv("EVIL_SCRATCH");
    unsigned char known[EVIL_KEY_MAX];
    int status = 0;
    pid_t child;

    if (setrlimit(RLIMIT_CORE, &all) != 0)
        return evil_failed("setrlimit RLIMIT_CORE");
    if (folder == NULL || chdir(folder) != 0)
        return evil_cannot("chdir to EVIL_SCRATCH");
    // Only to recognise it.
    if (evil_peek(target, known) != 0)
        return evil_cannot("process_vm_readv");
    child = fork();
    if (child < 0)
        return evil_failed("fork");
    if (child == 0)
        crash(target);
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || !WCOREDUMP(status))
        return evil_failed_because("there is no core file: the child ended with status %d", status);
    return look_for_key(target, known);
}
