// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lock of lock.h, over futex(2). May assume nothing but its own memory: no TLS, no libc.
#include "lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "die.h"
#include "machine.h"

void lock_take(struct lock *lock) {
    int seen = 0;
    if (atomic_compare_exchange_strong(&lock->state, &seen, 1)) {
        return;
    }
    while (atomic_exchange(&lock->state, 2) != 0) {
        (void)vault_syscall(SYS_futex, (uint64_t)(uintptr_t)&lock->state, FUTEX_WAIT_PRIVATE, 2, 0);
    }
}

void lock_release(struct lock *lock) {
    int before = atomic_exchange(&lock->state, 0);
    die_unless(before != 0);
    if (before == 2) {
        (void)vault_syscall(SYS_futex, (uint64_t)(uintptr_t)&lock->state, FUTEX_WAKE_PRIVATE, 1, 0);
    }
}
