// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A52: the key file. Whatever guards the key in memory, the file that it came from has it too.
#include "evil.h"

#include <fcntl.h>
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
