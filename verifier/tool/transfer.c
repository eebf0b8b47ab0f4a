// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See transfer.h.

#include "transfer.h"

#include <errno.h>
#include <unistd.h>

ssize_t read_all(int file, void *to, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = read(file, (char *)to + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

bool write_all(int file, const void *from, size_t size) {
    for (size_t done = 0; done < size;) {
        ssize_t put = write(file, (const char *)from + done, size - done);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        done += (size_t)put;
    }
    return true;
}
