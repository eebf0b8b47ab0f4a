// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A15: system calls that copy from or to the caller's memory, given the key's address. write and read copy at
// once; vmsplice takes the page itself.
#include "evil.h"

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int evil_write_syscall(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    int ends[2];

    if (pipe(ends) != 0)
        return evil_cannot("pipe");
    if (write(ends[1], target->key, size) != (ssize_t)size)
        return evil_failed("write of key memory");
    if (read(ends[0], copy, size) != (ssize_t)size)
        return evil_cannot("read");
    return evil_got(target, copy, "write");
}

int evil_read_syscall(const struct evil_target *target) {
    unsigned char zeros[EVIL_KEY_MAX] = {0};
    size_t size = target->key_size < sizeof zeros ? target->key_size : sizeof zeros;
    int ends[2];

    if (pipe(ends) != 0 || write(ends[1], zeros, size) != (ssize_t)size)
        return evil_cannot("pipe");
    if (read(ends[0], target->key, size) != (ssize_t)size)
        return evil_failed("read into key memory");
    if (memcmp(target->key, zeros, size) != 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("zeroed %zu key bytes by read", size);
}

int evil_vmsplice(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    struct iovec part = {target->key, target->key_size < sizeof copy ? target->key_size : sizeof copy};
    int ends[2];

    if (pipe(ends) != 0)
        return evil_cannot("pipe");
    if (vmsplice(ends[1], &part, 1, 0) != (ssize_t)part.iov_len)
        return evil_failed("vmsplice");
    if (read(ends[0], copy, part.iov_len) != (ssize_t)part.iov_len)
        return evil_cannot("read");
    return evil_got(target, copy, "vmsplice");
}
