// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See slots.h.
#include "slots.h"

#include "lock.h"
#include "store.h"

static struct lock slots_lock;

void vault_slots_lock(void) {
    lock_take(&slots_lock);
}

void vault_slots_unlock(void) {
    lock_release(&slots_lock);
}

_Bool vault_has_store(void) {
    return store_is_open();
}
