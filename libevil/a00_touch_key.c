// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The plain attacks: an ordinary load from the key and an ordinary store to it.
#include "evil.h"

#include <string.h>

int evil_read_key(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX] = {0};

    for (size_t i = 0; i < target->key_size && i < sizeof copy; i++)
        copy[i] = ((volatile unsigned char *)target->key)[i];
    return evil_got(target, copy, "a load");
}

int evil_write_key(const struct evil_target *target) {
    volatile unsigned char *key = target->key;

    for (size_t i = 0; i < target->key_size; i++)
        key[i] = 0x41;
    for (size_t i = 0; i < target->key_size; i++) {
        if (key[i] != 0x41)
            return evil_failed_because("byte %zu of the key did not change", i);
    }
    return evil_succeeded("wrote %zu key bytes by a store", target->key_size);
}
