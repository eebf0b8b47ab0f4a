// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the report goes.

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output.h"
#include "temporary.h"
#include "tool.h"

static FILE *stream;

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
    const char *replaced = target != NULL ? target : path;
    int fd = temporary_open(replaced);
    if (fd >= 0)
        stream = fchmod(fd, wanted_mode(replaced)) == 0 ? fdopen(fd, "w") : NULL;
    if (fd < 0 || stream == NULL)
        die("%s: the report cannot be written: %s", path, strerror(errno));
    free(target);
}

FILE *output_open(const char *path) {
    struct stat status;
    if (path == NULL) {
        stream = stdout;
    } else if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        stream = fopen(path, "we");
        if (stream == NULL)
            die("%s: the report cannot be written: %s", path, strerror(errno));
    } else {
        open_beside(path);
    }
    return stream;
}

void output_commit(void) {
    bool failed = ferror(stream) != 0;
    failed = fclose(stream) != 0 || failed;
    if (failed || temporary_commit() != 0)
        die("the report could not be written: %s", strerror(errno));
}
