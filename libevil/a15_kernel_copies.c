// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A15: system calls that copy from or to the caller's memory, given the key's address. write and read copy at
// once; vmsplice takes the page itself.
#include "evil.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int evil_write_syscall(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    int ends[2];
    int outcome;

    if (pipe(ends) != 0)
        return evil_cannot("pipe");
    if (write(ends[1], target->key, size) != (ssize_t)size)
        outcome = evil_failed("write of key memory");
    else if (read(ends[0], copy, size) != (ssize_t)size)
        outcome = evil_cannot("read");
    else
        outcome = evil_got(target, copy, "write");
    close(ends[0]);
    close(ends[1]);
    return outcome;
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

int evil_aio(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    int file = memfd_create("copy", MFD_CLOEXEC);
    struct iocb request = {.aio_lio_opcode = IOCB_CMD_PWRITE,
                           .aio_fildes = (uint32_t)file,
                           .aio_buf = (uintptr_t)target->key,
                           .aio_nbytes = size};
    struct iocb *requests[1] = {&request};
    struct io_event event = {0};
    aio_context_t context = 0;

    if (syscall(SYS_io_setup, 1, &context) != 0)
        return evil_failed("io_setup");
    if (syscall(SYS_io_submit, context, 1, requests) != 1 ||
        syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
        return evil_failed("io_submit");
    if (event.res != (int64_t)size || pread(file, copy, size, 0) != (ssize_t)size)
        return evil_failed_because("the write gave %lld", (long long)event.res);
    return evil_got(target, copy, "AIO");
}

// Pages of a socket's own sending, pinned instead of copied.
int evil_zero_copy(const struct evil_target *target) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int sender = socket(AF_INET, SOCK_STREAM, 0);
    int one = 1;
    int receiver;

    if (listener < 0 || sender < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&address, &length) != 0 ||
        connect(sender, (struct sockaddr *)&address, sizeof address) != 0)
        return evil_cannot("a connection over the loopback device");
    receiver = accept(listener, NULL, NULL);
    if (receiver < 0 || setsockopt(sender, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof one) != 0)
        return evil_cannot("SO_ZEROCOPY");
    if (send(sender, target->key, size, MSG_ZEROCOPY) != (ssize_t)size)
        return evil_failed("send of key memory with MSG_ZEROCOPY");
    if (recv(receiver, copy, size, MSG_WAITALL) != (ssize_t)size)
        return evil_cannot("recv");
    return evil_got(target, copy, "a send with MSG_ZEROCOPY");
}
