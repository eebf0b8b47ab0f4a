// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See descriptors.h.
#include "descriptors.h"

#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { FIRST_OTHER = STDERR_FILENO + 1 };

void descriptors_fill_standard(void) {
    int null;
    do {
        null = open("/dev/null", O_RDWR);
    } while (null >= 0 && null < FIRST_OTHER);
    if (null >= 0)
        close(null);
    else if (fcntl(STDERR_FILENO, F_GETFD) < 0) // nobody would see a message
        _exit(MPK_RUN_FAILED);
}

int descriptor_number(const char *text) {
    char *end;
    long number = strtol(text, &end, 10);
    return end == text || *end != '\0' || number < FIRST_OTHER || number > 1 << 20 ? -1 : (int)number;
}

int descriptor_standard(const struct stat *status) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat other;
        if (fstat(fd, &other) == 0 && other.st_dev == status->st_dev && other.st_ino == status->st_ino)
            return fd;
    }
    return -1;
}

// Terminals, and the memory devices that hold nothing (major 1): null, zero, full, random, urandom.
static bool is_harmless_device(int fd, const struct stat *status) {
    static const unsigned harmless[] = {3, 5, 7, 8, 9};
    if (isatty(fd))
        return true;
    for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
        if (status->st_rdev == makedev(1, harmless[i]))
            return true;
    }
    return false;
}

static const char *what_is_wrong(int fd, const struct stat *status) {
    struct statfs system;
    if (fstatfs(fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC)
        return "a file of procfs, which shows the process's memory (A11)";
    switch (status->st_mode & S_IFMT) {
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK:
        return NULL;
    case S_IFCHR:
        return is_harmless_device(fd, status) ? NULL : "a device";
    case S_IFDIR:
        return "a directory, from which any file can be opened";
    case S_IFBLK:
        return "a disk, on which the key may lie (A52)";
    default:
        return "an io_uring or another object of the kernel (A14)";
    }
}

void descriptors_check_standard(const struct keys *keys) {
    static const char *const name[] = {"standard input", "standard output", "standard error"};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat status;
        if (fstat(fd, &status) != 0)
            die_errno(MPK_RUN_FAILED, NULL, "cannot look at %s", name[fd]);
        const char *wrong = what_is_wrong(fd, &status);
        if (wrong != NULL)
            die(MPK_RUN_FAILED, "redirect it to a file, a pipe, a terminal or /dev/null", "%s is %s",
                name[fd], wrong);
        for (size_t i = 0; i < keys->count; i++) {
            if (keys->key[i].device == status.st_dev && keys->key[i].inode == status.st_ino)
                die(MPK_RUN_FAILED, "redirect it to another file", "%s is the file of key %s, %s", name[fd],
                    keys->key[i].name, keys->key[i].given);
        }
    }
}

static int compare_numbers(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

void descriptors_keep(int *keep, size_t count) {
    qsort(keep, count, sizeof(*keep), compare_numbers);
    unsigned next = FIRST_OTHER;
    for (size_t i = 0; i < count; i++) {
        if ((unsigned)keep[i] > next && close_range(next, (unsigned)keep[i] - 1, 0) != 0)
            die_errno(MPK_RUN_FAILED, "Linux 5.9 or newer is needed", "cannot close inherited descriptors");
        next = (unsigned)keep[i] + 1;
    }
    if (close_range(next, ~0U, 0) != 0)
        die_errno(MPK_RUN_FAILED, "Linux 5.9 or newer is needed", "cannot close inherited descriptors");
}
