// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// First fit over a table of the pieces in use, in ascending order.
#include "keymemory.h"

#include <stdint.h>
#include <string.h>

#include "die.h"
#include "lock.h"
#include "machine.h"

#define ALIGNMENT 16 // bytes

struct place {
    size_t at;   // bytes from the start of key memory
    size_t size; // bytes, a multiple of ALIGNMENT
};

static struct {
    struct lock lock;
    unsigned char *memory;
    size_t size;
    size_t count;
    struct place places[KEYMEMORY_PLACES];
} keys;

void keymemory_init(void *memory, size_t size) {
    die_unless(keys.memory == NULL && memory != NULL && ((uintptr_t)memory % ALIGNMENT) == 0);
    keys.memory = memory;
    keys.size = size;
}

static void *take(size_t size) {
    size_t at = 0;
    size_t index = 0;
    while (index < keys.count && keys.places[index].at - at < size) {
        at = keys.places[index].at + keys.places[index].size;
        index++;
    }
    if (keys.count == KEYMEMORY_PLACES || size > keys.size || at > keys.size - size) {
        return NULL;
    }
    memmove(&keys.places[index + 1], &keys.places[index], (keys.count - index) * sizeof(keys.places[0]));
    keys.places[index] = (struct place){at, size};
    keys.count++;
    return keys.memory + at;
}

void *vault_key_alloc(size_t size) {
    if (size == 0 || size > SIZE_MAX - ALIGNMENT) {
        return NULL;
    }
    lock_take(&keys.lock);
    void *memory = take((size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    lock_release(&keys.lock);
    return memory;
}

void vault_key_free(void *memory, size_t size) {
    if (memory == NULL) {
        return;
    }
    lock_take(&keys.lock);
    size_t index = 0;
    while (index < keys.count && keys.memory + keys.places[index].at != memory) {
        index++;
    }
    die_unless(index < keys.count && size <= keys.places[index].size);
    vault_wipe(memory, keys.places[index].size);
    keys.count--;
    memmove(&keys.places[index], &keys.places[index + 1], (keys.count - index) * sizeof(keys.places[0]));
    lock_release(&keys.lock);
}
