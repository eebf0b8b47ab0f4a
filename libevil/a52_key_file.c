// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A52: the key file. Whatever guards the key in memory, the file that it came from has it too.
#include "evil.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int evil_key_file(const struct evil_target *target) {
    unsigned char head[EVIL_KEY_MAX];
    int fd;
    ssize_t size;

    if (target->key_file == NULL)
        return evil_failed_because("no key file was named");
    fd = open(target->key_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return evil_failed("open of the key file");
    size = read(fd, head, sizeof head);
    close(fd);
    if (size <= 0)
        return evil_failed("read of the key file");
    return evil_succeeded("read %zd bytes of the key file", size);
}

// The file made empty, which Landlock knows of only since its third version.
int evil_truncate(const struct evil_target *target) {
    if (target->key_file == NULL)
        return evil_failed_because("no key file was named");
    if (truncate(target->key_file, 0) != 0)
        return evil_failed("truncate of the key file");
    return evil_succeeded("made the key file empty");
}

static char *in_scratch(const char *name) {
    static char path[4096];
    const char *folder = getenv("EVIL_SCRATCH");

    snprintf(path, sizeof path, "%s/%s", folder == NULL ? "." : folder, name);
    return path;
}

// Another /proc, where no rule knows of it.
int evil_mount_proc(const struct evil_target *target) {
    const char *path = in_scratch("proc");

    (void)target;
    mkdir(path, 0700);
    if (mount("proc", path, "proc", 0, NULL) != 0)
        return evil_failed("mount of another /proc");
    umount(path);
    return evil_succeeded("mounted another /proc");
}

// The memory of the machine under a name of one's own.
int evil_mknod(const struct evil_target *target) {
    const char *path = in_scratch("memory");

    (void)target;
    if (mknod(path, S_IFCHR | 0600, makedev(1, 1)) != 0)
        return evil_failed("mknod of a character device");
    unlink(path);
    return evil_succeeded("made a device node for the machine's memory");
}
