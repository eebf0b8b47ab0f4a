// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See copy.h.
#include "copy.h"

#include "die.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U // Linux 6.3
#endif

int open_regular(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0)
        return -1;
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        return file;
    errno = S_ISDIR(status.st_mode) ? EISDIR : EACCES;
    int saved = errno;
    close(file);
    errno = saved;
    return -1;
}

const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

char *real_path(int file, const char *name) {
    char link[64];
    char path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof(path) - 1);
    if (length < 0)
        die_errno(MPK_RUN_FAILED, "mpk-run needs /proc", "cannot find out the real path of %s", name);
    path[length] = '\0';
    return copy_string(path);
}

static int make_memfd(const char *name, unsigned flags) {
    int copy = memfd_create(name, flags | MFD_EXEC);
    if (copy < 0 && errno == EINVAL) // before Linux 6.3 there is no such flag, and every memfd is executable
        copy = memfd_create(name, flags);
    if (copy < 0)
        die_errno(MPK_RUN_FAILED, errno == EACCES ? "sysctl vm.memfd_noexec must be 0 or 1" : NULL,
                  "cannot make a memfd for %s", name);
    return copy;
}

static void seal_memfd(int copy, const char *name) {
    const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    if (fcntl(copy, F_ADD_SEALS, seals) != 0 || fcntl(copy, F_GET_SEALS) != seals)
        die_errno(MPK_RUN_FAILED, NULL, "cannot seal the copy of %s", name);
}

unsigned char *new_copy(size_t size, const char *name, int *copy) {
    *copy = make_memfd(name, MFD_ALLOW_SEALING);
    void *bytes = MAP_FAILED;
    if (ftruncate(*copy, (off_t)size) == 0)
        bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *copy, 0);
    if (bytes == MAP_FAILED)
        die_errno(MPK_RUN_FAILED, NULL, "cannot copy %s", name);
    return bytes;
}

void seal_copy(int copy, unsigned char *bytes, size_t size, const char *name) {
    munmap(bytes, size); // a mapping that can be written forbids the seal
    seal_memfd(copy, name);
}

int sealed_copy(int file, const char *name, bool close_on_exec) {
    int copy = make_memfd(name, MFD_ALLOW_SEALING | (close_on_exec ? MFD_CLOEXEC : 0));
    off_t offset = 0;
    ssize_t sent;
    do {
        sent = sendfile(copy, file, &offset, 1 << 30);
    } while (sent > 0 || (sent < 0 && errno == EINTR));
    if (sent < 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot copy %s", name);
    seal_memfd(copy, name);
    return copy;
}

void mapping_identity(int file, const char *name, uint32_t *device_major, uint32_t *device_minor,
                      uint64_t *inode) {
    void *page = mmap(NULL, MPK_PAGE, PROT_READ, MAP_PRIVATE, file, 0);
    if (page == MAP_FAILED)
        die_errno(MPK_RUN_FAILED, NULL, "cannot map %s", name);
    FILE *maps = fopen("/proc/self/maps", "re");
    if (maps == NULL)
        die_errno(MPK_RUN_FAILED, "mpk-run needs /proc", "cannot open /proc/self/maps");
    char *line = NULL;
    size_t capacity = 0;
    bool found = false;
    while (!found && getline(&line, &capacity, maps) > 0) { // START-END RIGHTS OFFSET MAJOR:MINOR INODE PATH
        char *rest;
        found = strtoull(line, &rest, 16) == (uintptr_t)page;
        for (int skipped = 0; found && skipped < 3; skipped++)
            found = strsep(&rest, " ") != NULL && rest != NULL;
        if (found) {
            *device_major = (uint32_t)strtoul(rest, &rest, 16);
            found = *rest == ':';
            *device_minor = (uint32_t)strtoul(rest + 1, &rest, 16);
            *inode = strtoull(rest, NULL, 10);
        }
    }
    if (!found)
        die(MPK_RUN_FAILED, NULL, "/proc/self/maps does not show the mapping of %s", name);
    free(line);
    fclose(maps);
    munmap(page, MPK_PAGE);
}
