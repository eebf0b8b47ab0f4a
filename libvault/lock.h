// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A mutual exclusion lock in vault memory (U. Drepper, "Futexes Are Tricky", mutex 2). Code that holds one
// never touches client memory: a page that the client makes slow would stop every other thread (A44).
#ifndef VAULT_LOCK_H
#define VAULT_LOCK_H

#include <stdatomic.h>

struct lock {
    atomic_int state; // 0 free, 1 taken, 2 taken and somebody may be waiting
};

// Neither fails. A client can wake or requeue a waiter by a futex call on this address, which costs its own
// process time and nothing else: a woken waiter looks at the state again (A44).
void lock_take(struct lock *lock);
void lock_release(struct lock *lock);

#endif
