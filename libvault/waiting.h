// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls that wait for the client (callback.h): how many there may be, and what becomes of those whose thread
// has ended. Each keeps its vault stack, so they are counted: some stacks are always left for calls that end
// by themselves.
#ifndef VAULT_WAITING_H
#define VAULT_WAITING_H

#include <gate-layout.h>
#include <mpkgate-abi.h>
#include <stdatomic.h>
#include <stdbool.h>

// Calls that may wait at once, by class: a call can be ended with the rights it began with only (A57), so
// that each class has to do with its own.
#define WAITING_CRYPTO_MAX 48
#define WAITING_MANAGE_MAX 8
// From so many on, each new call looks whether one of them is lost.
#define WAITING_MANY 16
_Static_assert(WAITING_CRYPTO_MAX + WAITING_MANAGE_MAX < GATE_SLOT_COUNT, "other calls need stacks, too");

// How many calls of each class wait. Read it without more ado; waiting.c alone writes it.
extern atomic_uint waiting_calls[MPKGATE_CLASSES];

// `gate_slots` as in struct mpkgate_boot. NULL (tests of the vault without gates): nothing is counted. Once,
// before any call.
void waiting_init(struct gate_slot *gate_slots);

// The call on this stack is going to wait, for as long as `*thread` lives: the number of the client's thread,
// or 0, and then the running thread's is put there. Once for each wait would be a system call for each, and a
// call changes threads by the client's own doing only. False, and nothing happens, if too many calls of the
// class wait already and none of them is lost. With no lock held: lost calls are ended here. Thread-safe.
bool waiting_begin(uint32_t *thread);

// ... and does so no more, whether the client came back or the call was given up. Thread-safe.
void waiting_end(void);

// Ends a lost call of `class_`, the running call's own, if the next stack in turn has one: once around, and
// all are ended. With no lock held. Thread-safe.
void waiting_look(enum mpkgate_class class_);

#endif
