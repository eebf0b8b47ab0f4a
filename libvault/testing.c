// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions of vault-testing.h. In test builds only: they give away what the vault hides.
#include "vault-testing.h"

#include <stdatomic.h>
#include <stddef.h>

#include "heap.h"
#include "mailbox.h"
#include "psa-keys.h"
#include "store.h"
#include "testing.h"

static uint32_t writable = 1;
static const uint32_t constant = 1;
static atomic_uint lingering;

uint64_t vault_test_address(uint32_t place, uint32_t key) {
    static _Atomic(void *) allocation;
    switch (place) {
    case VAULT_TEST_KEY:
        return (uintptr_t)key_material(key);
    case VAULT_TEST_HEAP:
        if (atomic_load(&allocation) == NULL) {
            atomic_store(&allocation, heap_calloc(1, 64));
        }
        return (uintptr_t)atomic_load(&allocation);
    case VAULT_TEST_DATA:
        return (uintptr_t)&writable;
    case VAULT_TEST_RODATA:
        return (uintptr_t)&constant;
    case VAULT_TEST_TEXT:
        return (uintptr_t)vault_test_address;
    case VAULT_TEST_STACK:
        return (uintptr_t)__builtin_frame_address(0);
    case VAULT_TEST_MAILBOX:
        return (uintptr_t)mailbox_address();
    default:
        return 0;
    }
}

int32_t vault_test_store_set(uint64_t uid, const uint8_t *data, size_t size, uint32_t flags) {
    return size > UINT32_MAX ? PSA_ERROR_INVALID_ARGUMENT : psa_its_set(uid, (uint32_t)size, data, flags);
}

int32_t vault_test_store_get(uint64_t uid, uint8_t *data, size_t room, size_t *size) {
    struct psa_storage_info_t info = {0};
    *size = 0;
    psa_status_t status = psa_its_get_info(uid, &info);
    if (status == PSA_SUCCESS && info.size > room) {
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    }
    return status == PSA_SUCCESS ? psa_its_get(uid, 0, info.size, data, size) : status;
}

int32_t vault_test_store_remove(uint64_t uid) {
    return psa_its_remove(uid);
}

static int32_t touch(uint32_t key, uint32_t offset, uint32_t write) {
    volatile unsigned char *material = key_material(key);
    if (material == NULL) {
        return -1;
    }
    if (write != 0) {
        material[offset]++;
    }
    return material[offset];
}

int32_t vault_test_touch_key(uint32_t key, uint32_t offset, uint32_t write) {
    return touch(key, offset, write);
}

int32_t vault_test_manage_key(uint32_t key, uint32_t offset, uint32_t write) {
    return touch(key, offset, write);
}

void vault_test_leave_secrets(void) {
    testing_leave_secrets();
}

uint32_t vault_test_linger(uint64_t count) {
    uint32_t now = atomic_fetch_add(&lingering, 1) + 1;
    for (volatile uint64_t i = 0; i < count; i++) {
    }
    atomic_fetch_sub(&lingering, 1);
    return now;
}

int32_t vault_test_read_twice(const uint8_t *data, size_t size, uint64_t pause) {
    const volatile uint8_t *byte = data;
    if (size == 0) {
        return -1;
    }
    uint8_t first = byte[0];
    for (volatile uint64_t i = 0; i < pause; i++) {
    }
    return byte[0] != first;
}

int64_t vault_test_pump(int64_t (*reader)(void *, void *, size_t), void *reader_context,
                        int64_t (*writer)(void *, const void *, size_t), void *writer_context) {
    unsigned char piece[1000];
    int64_t moved = 0;
    for (;;) {
        int64_t got = reader(reader_context, piece, sizeof(piece));
        if (got <= 0) {
            return got < 0 ? got : moved;
        }
        for (int64_t done = 0; done < got;) {
            int64_t put = writer(writer_context, piece + done, (size_t)(got - done));
            if (put <= 0) {
                return put;
            }
            done += put;
        }
        moved += got;
    }
}
