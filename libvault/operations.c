// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "operations.h"

#include <stdbool.h>
#include <stddef.h>

#include "die.h"
#include "lock.h"
#include "machine.h"

_Static_assert((OPERATIONS_MAX & (OPERATIONS_MAX - 1)) == 0, "a handle's low bits are its place");

static struct {
    struct lock lock;
    uint32_t next; // where the search for a free place starts
    struct operation operation[OPERATIONS_MAX];
} table;

// With the lock.
static struct operation *find(uint32_t handle, enum operation_kind kind) {
    struct operation *operation = &table.operation[handle & (OPERATIONS_MAX - 1)]; // in bounds, also A47
    return operation->handle == handle && operation->kind == kind ? operation : NULL;
}

// With the lock.
static struct operation *make(enum operation_kind kind) {
    for (uint32_t i = 0; i < OPERATIONS_MAX; i++) {
        uint32_t place = (table.next + i) & (OPERATIONS_MAX - 1);
        struct operation *operation = &table.operation[place];
        // A place whose handles are used up stays out of use.
        if (operation->handle == 0 && operation->generation < UINT32_MAX / OPERATIONS_MAX) {
            table.next = place + 1;
            operation->generation++;
            operation->handle = operation->generation * OPERATIONS_MAX + place;
            operation->kind = kind;
            return operation;
        }
    }
    return NULL;
}

struct operation *operation_take(uint32_t *handle, enum operation_kind kind, psa_status_t *status) {
    *status = *handle == 0 ? PSA_ERROR_INSUFFICIENT_MEMORY : PSA_ERROR_BAD_STATE;
    lock_take(&table.lock);
    struct operation *operation = *handle == 0 ? make(kind) : find(*handle, kind);
    if (operation == NULL) {
        *handle = 0;
    } else if (operation->busy) {
        operation = NULL;
    } else {
        operation->busy = true;
        *status = PSA_SUCCESS;
    }
    lock_release(&table.lock);
    return operation;
}

static bool is_active(const struct operation *operation) {
    switch (operation->kind) {
    case OPERATION_HASH:
        return operation->hash.id != 0;
    case OPERATION_MAC:
        return operation->mac.id != 0;
    case OPERATION_CIPHER:
        return operation->cipher.id != 0;
    case OPERATION_KEY_DERIVATION:
        return operation->key_derivation.alg != 0;
    }
    die();
}

uint32_t operation_give(struct operation *operation) {
    die_unless(operation->busy);
    if (is_active(operation)) {
        uint32_t handle = operation->handle;
        lock_take(&table.lock);
        operation->busy = false;
        lock_release(&table.lock);
        return handle;
    }
    uint32_t generation = operation->generation;
    lock_take(&table.lock);
    vault_wipe(operation, sizeof(*operation)); // whatever PSA left of keys in it
    operation->generation = generation;
    lock_release(&table.lock);
    return 0;
}
