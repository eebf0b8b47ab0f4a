// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Refused for --explain-denials: files, and shared memory by a number.
#include "compat.h"
#include "explain.h"
#include "real.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

enum { RULE_SHMGET = 29, RULE_SEMGET = 64, RULE_MSGGET = 68 };

// Landlock says EACCES as the file's mode does. access(2) knows the mode alone: what it allows and open
// refuses is Landlock's. A file that is to be made is not there yet.
static bool is_landlock(int folder, const char *path, bool writes) {
    return faccessat(folder, path, writes ? W_OK : R_OK, AT_EACCESS) == 0 || errno == ENOENT;
}

static void explain_open(const char *function, int folder, const char *path, bool writes) {
    int error = errno;
    if (error == EACCES && is_sealed() && explains() && is_landlock(folder, path, writes))
        explain(function, path, RULE_LANDLOCK,
                writes ? "--rw PATH lets the program write there" : "--ro PATH lets the program read there");
    errno = error;
}

static bool writes(int flags) {
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
}

static bool takes_mode(int flags) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

EXPORT int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = takes_mode(flags) ? va_arg(more, mode_t) : 0;
    va_end(more);
    int fd = real()->open(path, flags, mode);
    if (fd < 0)
        explain_open("open", AT_FDCWD, path, writes(flags));
    return fd;
}

EXPORT int open64(const char *, int, ...) __attribute__((alias("open")));

EXPORT int openat(int folder, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = takes_mode(flags) ? va_arg(more, mode_t) : 0;
    va_end(more);
    int fd = real()->openat(folder, path, flags, mode);
    if (fd < 0)
        explain_open("openat", folder, path, writes(flags));
    return fd;
}

EXPORT int openat64(int, const char *, int, ...) __attribute__((alias("openat")));

EXPORT int creat(const char *path, mode_t mode) {
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

EXPORT int creat64(const char *, mode_t) __attribute__((alias("creat")));

// What programs call that were compiled with _FORTIFY_SOURCE.
EXPORT int __open_2(const char *path, int flags);
EXPORT int __open_2(const char *path, int flags) {
    return open(path, flags, 0);
}

EXPORT int __open64_2(const char *, int) __attribute__((alias("__open_2")));

EXPORT int __openat_2(int folder, const char *path, int flags);
EXPORT int __openat_2(int folder, const char *path, int flags) {
    return openat(folder, path, flags, 0);
}

EXPORT int __openat64_2(int, const char *, int) __attribute__((alias("__openat_2")));

EXPORT FILE *fopen(const char *path, const char *mode) {
    FILE *stream = real()->fopen(path, mode);
    if (stream == NULL)
        explain_open("fopen", AT_FDCWD, path, mode[0] != 'r' || strchr(mode, '+') != NULL);
    return stream;
}

EXPORT FILE *fopen64(const char *, const char *) __attribute__((alias("fopen")));

EXPORT DIR *opendir(const char *path) {
    DIR *folder = real()->opendir(path);
    if (folder == NULL)
        explain_open("opendir", AT_FDCWD, path, false);
    return folder;
}

EXPORT int shm_open(const char *name, int flags, mode_t mode) {
    int fd = real()->shm_open(name, flags, mode);
    if (fd < 0 && errno == EACCES && is_sealed())
        explain("shm_open", name, RULE_LANDLOCK, "--rw /dev/shm lets the program use shared memory");
    return fd;
}

static int explain_number(const char *function, int rule, int result) {
    if (result < 0 && errno == EPERM && is_sealed())
        explain(function, NULL, rule, "no option helps: use mmap, or POSIX shared memory and semaphores");
    return result;
}

EXPORT int shmget(key_t key, size_t size, int flags) {
    return explain_number("shmget", RULE_SHMGET, real()->shmget(key, size, flags));
}

EXPORT int semget(key_t key, int count, int flags) {
    return explain_number("semget", RULE_SEMGET, real()->semget(key, count, flags));
}

EXPORT int msgget(key_t key, int flags) {
    return explain_number("msgget", RULE_MSGGET, real()->msgget(key, flags));
}
