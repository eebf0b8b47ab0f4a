// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A request and its answer. The keeper is trusted not to lie about files, which it could not with the
// wrapping; and not trusted with memory: what it says is copied and bounded before it is used.
#include "mailbox.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "die.h"
#include "machine.h"

#define SLICE_NANOSECONDS 100000000
#define SLICES 100    // ten seconds
#define WAKES 1000000 // without an answer: somebody wakes us for nothing

static struct {
    struct mpkgate_mailbox *box;
    long keeper; // its process number
    bool broken;
} mailbox;

static long parent(void) {
    return vault_syscall(SYS_getppid, 0, 0, 0, 0);
}

void mailbox_init(void *memory) {
    die_unless(mailbox.box == NULL);
    mailbox.box = memory;
    mailbox.keeper = parent();
}

void *mailbox_address(void) {
    return mailbox.box;
}

static uint32_t state(void) {
    return atomic_load_explicit(&mailbox.box->state, memory_order_acquire);
}

// The futex is a shared one: the kernel finds its page with the caller's rights, so that no client can wake
// the keeper, wake the vault, or move either to another word.
static long futex(int operation, uint32_t value, const struct timespec *time) {
    return vault_syscall(SYS_futex, (uint64_t)(uintptr_t)&mailbox.box->state, (uint64_t)operation, value,
                         (uint64_t)(uintptr_t)time);
}

static bool wait_for_answer(void) {
    const struct timespec slice = {.tv_nsec = SLICE_NANOSECONDS};
    int slices = 0;
    for (int wakes = 0; state() != MPKGATE_MAILBOX_ANSWER && slices < SLICES && wakes < WAKES;) {
        if (futex(FUTEX_WAIT, MPKGATE_MAILBOX_REQUEST, &slice) != -ETIMEDOUT) {
            wakes++;
        } else if (parent() == mailbox.keeper) {
            slices++;
        } else {
            break; // killed; it may still have answered
        }
    }
    return state() == MPKGATE_MAILBOX_ANSWER;
}

static bool has_data(enum mpkgate_store_operation operation) {
    return operation == MPKGATE_STORE_READ || operation == MPKGATE_STORE_NEXT;
}

static enum mpkgate_store_result take_answer(enum mpkgate_store_operation operation,
                                             struct mailbox_message *message) {
    const volatile struct mpkgate_mailbox *box = mailbox.box;
    uint32_t result = box->result;
    uint32_t size = box->size;
    if (result > MPKGATE_STORE_UNKNOWN || size > MPKGATE_STORE_FILE_MAX) {
        return MPKGATE_STORE_UNKNOWN;
    }
    if (has_data(operation) && result == MPKGATE_STORE_OK) {
        message->uid = box->uid;
        message->size = size;
        memcpy(message->data, mailbox.box->data, size);
    }
    return (enum mpkgate_store_result)result;
}

enum mpkgate_store_result mailbox_call(enum mpkgate_store_operation operation,
                                       struct mailbox_message *message) {
    struct mpkgate_mailbox *box = mailbox.box;
    if (mailbox.broken || parent() != mailbox.keeper) {
        return MPKGATE_STORE_FAILED;
    }
    box->operation = operation;
    box->uid = message->uid;
    box->size = 0;
    if (operation == MPKGATE_STORE_WRITE) {
        die_unless(message->size <= MPKGATE_STORE_FILE_MAX);
        box->size = message->size;
        memcpy(box->data, message->data, message->size);
    }
    atomic_store_explicit(&box->state, MPKGATE_MAILBOX_REQUEST, memory_order_release);
    (void)futex(FUTEX_WAKE, 1, NULL);
    enum mpkgate_store_result result = MPKGATE_STORE_UNKNOWN;
    if (wait_for_answer()) {
        result = take_answer(operation, message);
    }
    mailbox.broken = result == MPKGATE_STORE_UNKNOWN;
    if (!mailbox.broken) {
        atomic_store_explicit(&box->state, MPKGATE_MAILBOX_IDLE, memory_order_release);
    }
    return result;
}
