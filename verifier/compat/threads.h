// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What this library knows of each thread, and the one lock over all of it. No handler ever interrupts code
// (they run where a thread calls this library, or in the helper thread), so an ordinary lock does.
#ifndef MPKGATE_COMPAT_THREADS_H
#define MPKGATE_COMPAT_THREADS_H

#include "pending.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// A handler that runs; on the stack of the thread that runs it.
struct frame {
    uint64_t after; // the mask that is in force when it returns
    int number;
    struct frame *previous;
};

struct thread {
    struct thread *next; // in the list of threads, if is_listed
    pthread_t handle;
    pid_t id;
    bool is_main;
    bool is_helper;
    bool is_listed;
    unsigned references; // the creator's and the thread's own

    // Under the lock. mask is written by its own thread alone.
    uint64_t mask;           // the virtual mask
    uint64_t borrowed;       // blocked as well, while the helper runs a handler in this thread's place
    uint64_t wait_mask;      // instead of mask, while is_waiting
    bool is_waiting;         // in an interposed wait
    bool is_interrupted;     // the helper ran a handler in its place
    struct pending assigned; // signals given to it while it waited

    // Its own business.
    struct frame *frames;
    int signal_fd; // for waits for descriptors, or -1
    stack_t alternate_stack;

    // Cancellation. is_cancelled under the lock.
    bool is_cancelled;
    bool is_ending;
    int cancel_state;
    int cancel_type;
};

extern pthread_mutex_t lock;

// The calling thread's; one that this library did not see start gets one that blocks everything.
struct thread *thread_self(void);

// The listed thread, or NULL. With the lock held.
struct thread *thread_find(pthread_t handle);
struct thread *thread_find_id(pid_t id);
struct thread *thread_list(void);

// What the thread blocks at this moment. With the lock held.
uint64_t thread_blocks(const struct thread *thread);

// Makes the thread leave a system call that waits. With the lock held.
void thread_kick(const struct thread *thread);

// Makes the calling thread the helper, or lists it as the main thread with the mask that it starts with.
void thread_become_helper(void);
void thread_become_main(uint64_t mask);

// Adopts the calling thread as the only one, after fork.
void threads_after_fork(void);

#endif
