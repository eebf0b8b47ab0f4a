// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "keynames.h"

#include <stddef.h>
#include <string.h>

static struct {
    size_t count;
    struct {
        char name[KEYNAME_MAX];
        psa_key_id_t key;
    } entry[KEYNAMES_MAX];
} names;

psa_status_t keyname_add(const char *name, psa_key_id_t key) {
    size_t length = strlen(name);
    if (length == 0 || length >= KEYNAME_MAX) {
        return PSA_ERROR_INVALID_ARGUMENT;
    }
    if (keyname_find(name) != PSA_KEY_ID_NULL) {
        return PSA_ERROR_ALREADY_EXISTS;
    }
    if (names.count == KEYNAMES_MAX) {
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    memcpy(names.entry[names.count].name, name, length + 1);
    names.entry[names.count].key = key;
    names.count++;
    return PSA_SUCCESS;
}

psa_key_id_t keyname_find(const char *name) {
    for (size_t i = 0; i < names.count; i++) {
        if (strcmp(names.entry[i].name, name) == 0) {
            return names.entry[i].key;
        }
    }
    return PSA_KEY_ID_NULL;
}

bool key_is_given(psa_key_id_t key) {
    for (size_t i = 0; i < names.count; i++) {
        if (names.entry[i].key == key) {
            return true;
        }
    }
    return false;
}
