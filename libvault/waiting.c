// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Ends calls whose client will never come back (A44). Trusted core. A call notes its thread when it begins to
// wait; if the kernel knows no such thread any more, another call of the same class claims it, as the client
// would, by an atomic exchange of its token, and runs it to its end on its own stack: its callback fails, its
// copies are wiped, its results go nowhere (copy.c). A client cannot have a call claimed twice, nor one whose
// thread lives: the kernel alone says that it does not, and the system call filter lets that question pass.
#include "waiting.h"

#include <asm/unistd.h>
#include <errno.h>
#include <stddef.h>

#include "die.h"
#include "machine.h"

atomic_uint waiting_calls[MPKGATE_CLASSES];
static struct gate_slot *slots;
static uint64_t process;
static atomic_uint turn;

void waiting_init(struct gate_slot *gate_slots) {
    slots = gate_slots;
    process = (uint64_t)vault_syscall(__NR_getpid, 0, 0, 0, 0);
}

// The slot of the stack that this runs on: they lie in the same order, and side by side.
static struct gate_slot *own_slot(void) {
    uint64_t first = slots[0].stack - GATE_STACK_STRIDE;
    uint64_t number = ((uint64_t)(uintptr_t)__builtin_frame_address(0) - first) / GATE_STACK_STRIDE;
    die_unless(number < GATE_SLOT_COUNT && slots[number].class_ < MPKGATE_CLASSES);
    return &slots[number];
}

static bool count_in(uint32_t class_) {
    static const unsigned int most[MPKGATE_CLASSES] = {WAITING_CRYPTO_MAX, WAITING_MANAGE_MAX};
    unsigned int count = atomic_load(&waiting_calls[class_]);
    while (count < most[class_]) {
        if (atomic_compare_exchange_weak(&waiting_calls[class_], &count, count + 1)) {
            return true;
        }
    }
    return false;
}

// Anything but "no such thread" says that it lives. A number that a new thread has got counts as alive, too.
static bool has_ended(uint32_t thread) {
    return vault_syscall(__NR_tgkill, process, thread, 0, 0) == -ESRCH;
}

static void end_if_lost(struct gate_slot *slot, uint32_t class_) {
    uint32_t token = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
    // What belongs to a later token than this one is not acted upon: the exchange fails.
    if (token < GATE_TOKEN_FIRST || __atomic_load_n(&slot->class_, __ATOMIC_RELAXED) != class_ || // A57
        !has_ended(__atomic_load_n(&slot->thread, __ATOMIC_RELAXED)) ||
        !__atomic_compare_exchange_n(&slot->state, &token, GATE_SLOT_RUNNING, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED)) { // A43: one comer alone
        return;
    }
    vault_visit(slot->resume);
    __atomic_store_n(&slot->state, GATE_SLOT_FREE, __ATOMIC_RELEASE);
}

bool waiting_begin(uint32_t *thread) {
    if (slots == NULL) {
        return true;
    }
    struct gate_slot *slot = own_slot();
    if (!count_in(slot->class_)) {
        for (unsigned int i = 0; i < GATE_SLOT_COUNT; i++) {
            end_if_lost(&slots[i], slot->class_);
        }
        if (!count_in(slot->class_)) {
            return false;
        }
    }
    if (*thread == 0) {
        *thread = (uint32_t)vault_syscall(__NR_gettid, 0, 0, 0, 0);
    }
    __atomic_store_n(&slot->thread, *thread, __ATOMIC_RELAXED); // before the gate gives the token
    return true;
}

void waiting_end(void) {
    if (slots != NULL) {
        atomic_fetch_sub(&waiting_calls[own_slot()->class_], 1);
    }
}

void waiting_look(enum mpkgate_class class_) {
    end_if_lost(&slots[atomic_fetch_add(&turn, 1) % GATE_SLOT_COUNT], class_);
}
