// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A store opened as mpk-run and the vault open it: keeper and vault in one process, the mailbox between them.
#ifndef TEST_STORE_ENDS_H
#define TEST_STORE_ENDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENDS_KEY_SIZE = 32, ENDS_NOT_OPENED = 100, ENDS_REFUSED = 125 };

// Opens `folder` under `key`. Once a process; ends it (ENDS_REFUSED) where mpk-run would. `item`, unless
// NULL: the uid that the vault refused. Returns the vault's boot status.
int ends_open(const char *folder, const uint8_t *key, uint64_t *item);

// Runs body(context) in a child, and returns what it returned or passed to exit(); its messages, up to `size`
// bytes with the NUL, go to `text` unless that is NULL. -1: a signal ended it.
int ends_in_child(int (*body)(void *context), void *context, char *text, size_t size);

// The status with which the store opens, in a child: a boot status, or ENDS_REFUSED.
int ends_try(const char *folder, const uint8_t *key, char *text, size_t size);

// psa_its_set, psa_its_get (the whole item), psa_its_remove.
int ends_set(uint64_t uid, const void *data, size_t size, uint32_t flags);
int ends_get(uint64_t uid, void *data, size_t room, size_t *size);
int ends_remove(uint64_t uid);

// Without parts of its own, the vault's unwrapping: whether the file is a whole one of this uid.
bool ends_unwraps(const uint8_t *key, const uint8_t *file, size_t size, uint64_t uid);

#endif
