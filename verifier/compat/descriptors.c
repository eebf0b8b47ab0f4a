// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Waits for descriptors: poll, ppoll, select, pselect, epoll_wait, epoll_pwait, epoll_pwait2. Each waits for
// one descriptor more: a signalfd of this library's, which wakes the thread for a signal or a kick.
#include "compat.h"
#include "deliver.h"
#include "kernel.h"
#include "real.h"
#include "wait.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MILLISECONDS = 1000, NANOSECONDS_PER_MILLISECOND = 1000000, WITHOUT_SIGNALFD = 20 /* milliseconds */ };

// One attempt at a wait: returns the number of descriptors that are ready, without signal_fd (-1: none
// there), or -1 with errno; says whether signal_fd was ready, too.
struct descriptors;
typedef int attempt(struct descriptors *descriptors, int signal_fd, const struct timespec *timeout,
                    bool *has_signal);

static const struct timespec now = {0};
static const struct timespec slice = {.tv_nsec = (long)WITHOUT_SIGNALFD * NANOSECONDS_PER_MILLISECOND};

static bool is_shorter(const struct timespec *a, const struct timespec *b) {
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void take_signal(struct wait *wait) {
    siginfo_t information;
    if (kernel_take(wait_set(wait), &information, &now) != 0)
        wait_take(wait, &information);
}

// mask: NULL for the thread's own. Returns what the system call would.
static int wait_for_descriptors(attempt *try_it, struct descriptors *descriptors,
                                const struct timespec *timeout, const sigset_t *mask) {
    struct deadline deadline = deadline_after(timeout);
    struct wait wait;
    int result = 0;
    bool is_last = false, has_signal = false;
    wait_begin(&wait, mask != NULL ? set_of(mask) : thread_self()->mask, 0);
    while (result == 0 && !is_last && !wait_is_over(&wait)) {
        struct timespec rest;
        const struct timespec *left = deadline_rest(&deadline, &rest);
        int fd = wait.self->signal_fd = kernel_signalfd(wait.self->signal_fd, wait_set(&wait));
        is_last = left != NULL && is_zero(left);
        if (fd < 0 && (left == NULL || is_shorter(&slice, left)))
            left = &slice;
        result = try_it(descriptors, fd, left, &has_signal);
        if (result < 0 && errno == EINTR) // a stop and its end
            result = 0;
        if (result == 0 && (has_signal || fd < 0))
            take_signal(&wait);
    }
    int error = errno;
    bool was_interrupted = wait.is_interrupted;
    wait_end(&wait);
    if (result != 0 && has_signal) // descriptors that are always ready must not keep a signal waiting
        deliver_pending(wait.self, wait.self->mask);
    errno = error;
    if (result == 0 && was_interrupted) {
        errno = EINTR;
        return -1;
    }
    return result;
}

struct descriptors {
    struct pollfd *poll; // room for one more
    nfds_t count;
    int epoll;
    struct epoll_event *event;
    int event_count;
    fd_set *set[3], *copy[3]; // read, write, except
    int highest;
};

static int try_poll(struct descriptors *descriptors, int signal_fd, const struct timespec *timeout,
                    bool *has_signal) {
    struct timespec copy = timeout != NULL ? *timeout : now;
    struct pollfd *last = &descriptors->poll[descriptors->count];
    *last = (struct pollfd){.fd = signal_fd, .events = POLLIN};
    int result = (int)syscall(SYS_ppoll, descriptors->poll, descriptors->count + 1,
                              timeout != NULL ? &copy : NULL, NULL, sizeof(uint64_t));
    *has_signal = result > 0 && last->revents != 0;
    return *has_signal ? result - 1 : result;
}

static int poll_with(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    struct pollfd few[64];
    bool is_many = count >= sizeof(few) / sizeof(few[0]);
    struct pollfd *all = is_many ? malloc((count + 1) * sizeof(*all)) : few;
    if (all == NULL) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(all, fds, count * sizeof(*all));
    struct descriptors descriptors = {.poll = all, .count = count};
    int result = wait_for_descriptors(try_poll, &descriptors, timeout, mask);
    for (nfds_t i = 0; i < count && result >= 0; i++)
        fds[i].revents = all[i].revents;
    if (is_many)
        free(all);
    return result;
}

static bool is_sane(nfds_t count) {
    return count <= INT_MAX;
}

static const struct timespec *of_milliseconds(int milliseconds, struct timespec *time) {
    time->tv_sec = milliseconds / MILLISECONDS;
    time->tv_nsec = (long)(milliseconds % MILLISECONDS) * NANOSECONDS_PER_MILLISECOND;
    return milliseconds < 0 ? NULL : time;
}

EXPORT int poll(struct pollfd *fds, nfds_t count, int milliseconds) {
    struct timespec time;
    if (!is_sealed() || milliseconds == 0 || !is_sane(count))
        return real()->poll(fds, count, milliseconds);
    return poll_with(fds, count, of_milliseconds(milliseconds, &time), NULL);
}

EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    if (!is_sealed() || !is_sane(count) || (timeout != NULL && !is_valid_time(timeout)))
        return real()->ppoll(fds, count, timeout, mask);
    return poll_with(fds, count, timeout, mask);
}

// What programs call that were compiled with _FORTIFY_SOURCE.
EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int milliseconds, size_t size);
EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int milliseconds, size_t size) {
    if (size / sizeof(*fds) < count)
        abort();
    return poll(fds, count, milliseconds);
}

EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                       size_t size);
EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask,
                       size_t size) {
    if (size / sizeof(*fds) < count)
        abort();
    return ppoll(fds, count, timeout, mask);
}

// Sets of any size: programs may use larger ones than libc's type.
static size_t set_bytes(int highest) {
    size_t bits = 8 * sizeof(unsigned long);
    return ((size_t)highest + bits - 1) / bits * sizeof(unsigned long);
}

static void put(fd_set *set, int fd) {
    ((unsigned char *)set)[fd / 8] |= (unsigned char)(1u << (fd % 8));
}

static bool remove_from(fd_set *set, int fd) {
    unsigned char *byte = &((unsigned char *)set)[fd / 8], bit = (unsigned char)(1u << (fd % 8));
    bool was_there = (*byte & bit) != 0;
    *byte &= (unsigned char)~bit;
    return was_there;
}

static int try_select(struct descriptors *descriptors, int signal_fd, const struct timespec *timeout,
                      bool *has_signal) {
    struct timespec copy = timeout != NULL ? *timeout : now;
    size_t used = set_bytes(descriptors->highest);
    int highest = signal_fd >= descriptors->highest ? signal_fd + 1 : descriptors->highest;
    fd_set *all = calloc(3, set_bytes(highest));
    if (all == NULL)
        return -1;
    for (int i = 0; i < 3; i++) {
        descriptors->copy[i] = (fd_set *)((char *)all + (size_t)i * set_bytes(highest));
        if (descriptors->set[i] != NULL)
            memcpy(descriptors->copy[i], descriptors->set[i], used);
    }
    if (signal_fd >= 0)
        put(descriptors->copy[0], signal_fd);
    int result = (int)syscall(SYS_pselect6, highest, descriptors->copy[0], descriptors->copy[1],
                              descriptors->copy[2], timeout != NULL ? &copy : NULL, NULL);
    *has_signal = result > 0 && signal_fd >= 0 && remove_from(descriptors->copy[0], signal_fd);
    result -= *has_signal ? 1 : 0;
    // The caller's sets are the question of the next attempt, so they are the answer only if this is the
    // last.
    for (int i = 0; i < 3 && (result > 0 || (result == 0 && timeout != NULL && is_zero(timeout))); i++)
        if (descriptors->set[i] != NULL)
            memcpy(descriptors->set[i], descriptors->copy[i], used);
    free(all);
    return result;
}

static int select_with(int count, fd_set *const set[3], const struct timespec *timeout,
                       const sigset_t *mask) {
    struct descriptors descriptors = {.set = {set[0], set[1], set[2]}, .highest = count};
    return wait_for_descriptors(try_select, &descriptors, timeout, mask);
}

EXPORT int pselect(int count, fd_set *read, fd_set *write, fd_set *except, const struct timespec *timeout,
                   const sigset_t *mask) {
    if (!is_sealed() || count < 0 || (timeout != NULL && !is_valid_time(timeout)))
        return real()->pselect(count, read, write, except, timeout, mask);
    fd_set *const set[3] = {read, write, except};
    return select_with(count, set, timeout, mask);
}

EXPORT int select(int count, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout) {
    enum { MICROSECONDS = 1000000 };
    bool is_plain = timeout != NULL && (timeout->tv_sec < 0 || timeout->tv_usec < 0 ||
                                        (timeout->tv_sec == 0 && timeout->tv_usec == 0));
    if (!is_sealed() || count < 0 || is_plain)
        return real()->select(count, read, write, except, timeout);
    fd_set *const set[3] = {read, write, except};
    if (timeout == NULL)
        return select_with(count, set, NULL, NULL);
    struct timespec time = {.tv_sec = timeout->tv_sec + timeout->tv_usec / MICROSECONDS,
                            .tv_nsec = (long)(timeout->tv_usec % MICROSECONDS) * 1000};
    struct deadline deadline = deadline_after(&time);
    int result = select_with(count, set, &time, NULL);
    if (deadline_rest(&deadline, &time) != NULL) // Linux says what is left
        *timeout = (struct timeval){.tv_sec = time.tv_sec, .tv_usec = time.tv_nsec / 1000};
    return result;
}

// An epoll descriptor can itself be polled. Another thread may be faster at taking the events.
static int try_epoll(struct descriptors *descriptors, int signal_fd, const struct timespec *timeout,
                     bool *has_signal) {
    int result =
        (int)syscall(SYS_epoll_wait, descriptors->epoll, descriptors->event, descriptors->event_count, 0);
    if (result != 0)
        return result;
    struct pollfd two[2] = {{.fd = descriptors->epoll, .events = POLLIN}};
    struct descriptors both = {.poll = two, .count = 1};
    result = try_poll(&both, signal_fd, timeout, has_signal);
    if (result <= 0)
        return result;
    return (int)syscall(SYS_epoll_wait, descriptors->epoll, descriptors->event, descriptors->event_count, 0);
}

static int epoll_with(int fd, struct epoll_event *event, int count, const struct timespec *timeout,
                      const sigset_t *mask) {
    struct descriptors descriptors = {.epoll = fd, .event = event, .event_count = count};
    return wait_for_descriptors(try_epoll, &descriptors, timeout, mask);
}

EXPORT int epoll_wait(int fd, struct epoll_event *event, int count, int milliseconds) {
    struct timespec time;
    if (!is_sealed() || milliseconds == 0)
        return real()->epoll_wait(fd, event, count, milliseconds);
    return epoll_with(fd, event, count, of_milliseconds(milliseconds, &time), NULL);
}

EXPORT int epoll_pwait(int fd, struct epoll_event *event, int count, int milliseconds, const sigset_t *mask) {
    struct timespec time;
    if (!is_sealed())
        return real()->epoll_pwait(fd, event, count, milliseconds, mask);
    return epoll_with(fd, event, count, of_milliseconds(milliseconds, &time), mask);
}

EXPORT int epoll_pwait2(int fd, struct epoll_event *event, int count, const struct timespec *timeout,
                        const sigset_t *mask) {
    if (!is_sealed() || (timeout != NULL && !is_valid_time(timeout)))
        return real()->epoll_pwait2(fd, event, count, timeout, mask);
    return epoll_with(fd, event, count, timeout, mask);
}
