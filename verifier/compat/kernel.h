// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The signal system calls as the kernel has them: libc's functions of these names are this library's, or
// leave out the two signals that libc keeps for itself. A set is the kernel's: bit n-1 is signal n.
#ifndef MPKGATE_COMPAT_KERNEL_H
#define MPKGATE_COMPAT_KERNEL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { LAST_SIGNAL = 64, FIRST_LIBC_SIGNAL = 32, LAST_LIBC_SIGNAL = 33 };

// Sent from thread to thread to end a system call that waits. libc's SIGSETXID: no program can use it. (The
// other one, SIGCANCEL, libc unblocks in every new thread.)
enum { KICK = LAST_LIBC_SIGNAL };

#define EVERY_SIGNAL (~UINT64_C(0))

static inline uint64_t signal_bit(int number) {
    return UINT64_C(1) << (number - 1);
}

// SIGKILL and SIGSTOP.
static inline uint64_t unblockable_signals(void) {
    return signal_bit(SIGKILL) | signal_bit(SIGSTOP);
}

// What libc lets nobody block, catch or send.
static inline uint64_t libc_signals(void) {
    return signal_bit(FIRST_LIBC_SIGNAL) | signal_bit(LAST_LIBC_SIGNAL);
}

// libc's set, of which only the first 64 bits mean something.
static inline uint64_t set_of(const sigset_t *set) {
    uint64_t bits;
    memcpy(&bits, set, sizeof(bits));
    return bits;
}

static inline void set_to(sigset_t *set, uint64_t bits) {
    memcpy(set, &bits, sizeof(bits));
}

// Takes a pending signal of the set, the calling thread's or the process's. timeout: NULL for ever. Returns
// its number, or 0 after the timeout or an interruption (a stop and its end).
int kernel_take(uint64_t set, siginfo_t *information, const struct timespec *timeout);

// The signals that are pending for the calling thread or for the process.
uint64_t kernel_pending(void);

// Changes the calling thread's own mask. how: SIG_BLOCK and the like. Returns the mask before.
uint64_t kernel_mask(int how, uint64_t set);

// To a thread of this process. Returns 0, or -1 with errno.
int kernel_send(pid_t thread, int number);

// Makes the kernel do what it does with this signal by default (or nothing, if it was ignored when the
// program started), at once, in the calling thread.
void kernel_act(int number);

// Whether the information is that of a kick of this process's own.
bool is_kick(const siginfo_t *information);

// A signalfd of the set; fd: an earlier one of this function's, or -1. Returns a descriptor above those that
// programs use, or -1. Not the caller's fd any more if the result differs.
int kernel_signalfd(int fd, uint64_t set);

#endif
