// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See temporary.h.

#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static struct {
    char *name;  // NULL: there is none, any more
    char *path;  // what it shall replace
    pid_t owner; // workers inherit all this, but have no part in it
} temporary;

static void discard(void) {
    if (temporary.name != NULL && temporary.owner == getpid())
        unlink(temporary.name);
}

static void discard_and_die(int number) {
    discard();
    raise(number); // the default action: SA_RESETHAND
}

static void discard_at_end(void) {
    static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
    temporary.owner = getpid();
    atexit(discard);
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        struct sigaction old;
        const struct sigaction action = {.sa_handler = discard_and_die,
                                         .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
        if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(deadly[i], &action, NULL);
    }
}

int temporary_open(const char *path) {
    size_t size = strlen(path) + sizeof(".XXXXXX");
    char *name = resize(NULL, size, 1);
    snprintf(name, size, "%s.XXXXXX", path);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        int reason = errno;
        free(name);
        errno = reason;
        return -1;
    }
    temporary.name = name;
    temporary.path = duplicate(path);
    discard_at_end();
    return fd;
}

int temporary_commit(void) {
    if (temporary.name == NULL)
        return 0;
    if (rename(temporary.name, temporary.path) != 0)
        return -1;
    free(temporary.name);
    free(temporary.path);
    temporary.name = NULL;
    return 0;
}
