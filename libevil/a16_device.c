// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A16d: devices whose drivers work on a process' pages in ways of their own, or are the machine's memory. One
// that opens is the way in.
#include "evil.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int evil_device(const struct evil_target *target) {
    static const char *const device[] = {
        "/dev/kvm",     "/dev/vhost-net", "/dev/sgx_enclave", "/dev/dri/renderD128", "/dev/mem",
        "/dev/udmabuf", "/dev/fuse",      "/dev/snapshot",    "/dev/net/tun",        "/dev/ptmx"};
    int error = ENOENT;

    (void)target;
    for (size_t i = 0; i < sizeof device / sizeof device[0]; i++) {
        int fd = open(device[i], O_RDWR | O_CLOEXEC);

        if (fd >= 0)
            return evil_succeeded("opened %s", device[i]);
        if (errno != ENOENT)
            error = errno;
    }
    errno = error;
    return evil_failed("open of kvm, vhost, sgx, mem, fuse and others in /dev");
}
