// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See locate.h.
#include "locate.h"

#include "copy.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MPKGATE_LIBRARY_FOLDER
#error "MPKGATE_LIBRARY_FOLDER: the installation's library folder, relative to its prefix"
#endif

static int open_executable(const char *path) {
    if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0)
        return -1;
    return open_regular(path);
}

static int search_path(const char *name) {
    const char *list = getenv("PATH");
    char *copy = copy_string(list != NULL ? list : "/bin:/usr/bin");
    int file = -1;
    int error = ENOENT;
    for (char *rest = copy; rest != NULL && file < 0;) {
        char *folder = strsep(&rest, ":");
        char *path = format_string("%s/%s", folder[0] != '\0' ? folder : ".", name);
        file = open_executable(path);
        if (file < 0 && errno == EACCES)
            error = EACCES;
        free(path);
    }
    free(copy);
    errno = error;
    return file;
}

int open_program(const char *name) {
    int file = strchr(name, '/') != NULL ? open_executable(name) : search_path(name);
    if (file >= 0)
        return file;
    bool is_missing = errno == ENOENT || errno == ENOTDIR;
    die_errno(is_missing ? MPK_RUN_NOT_FOUND : MPK_RUN_REFUSED,
              errno == EACCES ? "mpk-run must be able to execute and to read the program" : NULL, "%s", name);
}

char *own_path(void) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (length < 0)
        die_errno(MPK_RUN_FAILED, "mpk-run needs /proc", "cannot find out where mpk-run is");
    path[length] = '\0';
    return copy_string(path);
}

char *installed_file(const char *name) {
    static const char *const folder[] = {"lib", MPKGATE_LIBRARY_FOLDER};
    char *prefix = own_path();
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(prefix, '/');
        if (slash != NULL)
            *slash = '\0';
    }
    for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++) {
        char *path = format_string("%s/%s/%s", prefix, folder[i], name);
        if (access(path, F_OK) == 0) {
            free(prefix);
            return path;
        }
        free(path);
    }
    die(MPK_RUN_FAILED, "install MPKGate again, or build all of it", "cannot find %s in %s/lib or %s/%s",
        name, prefix, prefix, MPKGATE_LIBRARY_FOLDER);
}

static void check_owner(const char *path, const struct stat *status) {
    char *self = own_path();
    struct stat own;
    bool is_trusted = status->st_uid == 0 || status->st_uid == geteuid() ||
                      (stat(self, &own) == 0 && own.st_uid == status->st_uid);
    free(self);
    if (!is_trusted || (status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        die(MPK_RUN_FAILED, "chmod go-w, and let it belong to root or to you",
            "%s can be written by other users: it cannot be trusted", path);
}

int open_trusted(const char *path) {
    int file = open_regular(path);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        die_errno(MPK_RUN_FAILED, "give the right path, or install MPKGate again", "cannot open %s", path);
    check_owner(path, &status);
    char *folder = real_path(file, path);
    *strrchr(folder, '/') = '\0';
    if (folder[0] != '\0' && stat(folder, &status) == 0)
        check_owner(folder, &status);
    free(folder);
    return file;
}
