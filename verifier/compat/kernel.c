// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See kernel.h.
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int kernel_take(uint64_t set, siginfo_t *information, const struct timespec *timeout) {
    int error = errno;
    long number = syscall(SYS_rt_sigtimedwait, &set, information, timeout, sizeof(set));
    errno = error;
    return number > 0 ? (int)number : 0;
}

uint64_t kernel_pending(void) {
    uint64_t set = 0;
    syscall(SYS_rt_sigpending, &set, sizeof(set));
    return set;
}

uint64_t kernel_mask(int how, uint64_t set) {
    uint64_t before = 0;
    syscall(SYS_rt_sigprocmask, how, &set, &before, sizeof(set));
    return before;
}

int kernel_send(pid_t thread, int number) {
    return (int)syscall(SYS_tgkill, getpid(), thread, number);
}

// A signal that a thread sends to itself is acted upon before the system call returns.
void kernel_act(int number) {
    int error = errno;
    kernel_mask(SIG_UNBLOCK, signal_bit(number));
    kernel_send(gettid(), number);
    kernel_mask(SIG_BLOCK, signal_bit(number));
    errno = error;
}

bool is_kick(const siginfo_t *information) {
    return information->si_signo == KICK && information->si_code == SI_TKILL &&
           information->si_pid == getpid();
}

// Out of the way of programs that count on low numbers, and of most that close all they know.
static int move_up(int fd) {
    enum { HIGH = 960 };
    struct rlimit limit;
    int least =
        getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= HIGH ? (int)(limit.rlim_cur / 2) : HIGH;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, least);
    if (moved < 0)
        return fd;
    close(fd);
    return moved;
}

int kernel_signalfd(int fd, uint64_t set) {
    // The program may have closed it, or have it replaced: then the kernel says so.
    if (fd >= 0 && syscall(SYS_signalfd4, fd, &set, sizeof(set), 0) == fd)
        return fd;
    fd = (int)syscall(SYS_signalfd4, -1, &set, sizeof(set), SFD_CLOEXEC | SFD_NONBLOCK);
    return fd >= 0 ? move_up(fd) : -1;
}
