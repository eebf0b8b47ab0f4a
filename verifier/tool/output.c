// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the report goes.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "tool.h"

static struct {
    FILE *stream;
    char *path;      // the file to be replaced, without symbolic links; NULL: nothing is
    char *temporary; // NULL: there is none, any more
    pid_t owner;     // workers inherit all this, but have no part in it
} output;

static void discard(void) {
    if (output.temporary != NULL && output.owner == getpid())
        unlink(output.temporary);
}

static void discard_and_die(int number) {
    discard();
    raise(number); // the default action: SA_RESETHAND
}

static void discard_at_end(void) {
    static const int deadly[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ};
    output.owner = getpid();
    atexit(discard);
    for (size_t i = 0; i < sizeof(deadly) / sizeof(deadly[0]); i++) {
        struct sigaction old;
        const struct sigaction action = {.sa_handler = discard_and_die,
                                         .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
        if (sigaction(deadly[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
            sigaction(deadly[i], &action, NULL);
    }
}

static mode_t wanted_mode(const char *path) {
    struct stat old;
    if (stat(path, &old) == 0)
        return old.st_mode & 0777;
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static void open_beside(const char *path) {
    char *target = realpath(path, NULL); // NULL: there is no such file yet
    output.path = target != NULL ? target : duplicate(path);
    size_t size = strlen(output.path) + sizeof(".XXXXXX");
    char *temporary = resize(NULL, size, 1);
    snprintf(temporary, size, "%s.XXXXXX", output.path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        die("%s: the report cannot be written: %s", path, strerror(errno));
    output.temporary = temporary;
    discard_at_end();
    output.stream = fchmod(fd, wanted_mode(output.path)) == 0 ? fdopen(fd, "w") : NULL;
    if (output.stream == NULL)
        die("%s: the report cannot be written: %s", path, strerror(errno));
}

FILE *output_open(const char *path) {
    struct stat status;
    if (path == NULL) {
        output.stream = stdout;
    } else if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        output.stream = fopen(path, "we");
        if (output.stream == NULL)
            die("%s: the report cannot be written: %s", path, strerror(errno));
    } else {
        open_beside(path);
    }
    return output.stream;
}

void output_commit(void) {
    bool failed = ferror(output.stream) != 0;
    failed = fclose(output.stream) != 0 || failed;
    if (!failed && output.temporary != NULL)
        failed = rename(output.temporary, output.path) != 0;
    if (failed)
        die("the report could not be written: %s", strerror(errno));
    free(output.temporary);
    output.temporary = NULL;
    free(output.path);
}
