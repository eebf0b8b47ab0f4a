// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libvault-unprotected.so: the vault's code as an ordinary library on the ordinary libc. No gates, no
// protection keys, no argument copies.
#include "vault-unprotected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vault-abi.h>

#include "boot.h"
#include "heap.h"
#include "machine.h"

#define KEY_MEMORY 0x40000   // bytes
#define KEY_FILE_MAX 0x10000 // bytes, as mpk-run's
#define STATUS_NOT_STARTED 125

void heap_init(void *memory, size_t size) {
    (void)memory;
    (void)size;
}

void *heap_calloc(size_t count, size_t size) {
    return calloc(count, size);
}

void heap_free(void *memory) {
    free(memory);
}

int vault_unprotected_load(const char *name, const char *path) {
    struct mpkgate_boot_key key = {.name = name};
    unsigned char *data = calloc(1, KEY_FILE_MAX + 1);
    FILE *file = fopen(path, "re");
    int status = MPKGATE_BOOT_FAILED;
    if (data != NULL && file != NULL) {
        key.size = fread(data, 1, KEY_FILE_MAX, file);
        key.data = data;
        status = ferror(file) != 0 ? MPKGATE_BOOT_FAILED : vault_boot_key(&key);
        vault_wipe(data, KEY_FILE_MAX);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(data);
    return status;
}

static _Noreturn void die_of(const char *what, const char *name) {
    (void)fprintf(stderr, "libvault-unprotected: %s%s\n", what, name);
    _Exit(STATUS_NOT_STARTED);
}

__attribute__((constructor)) static void load_keys(void) {
    struct mpkgate_boot boot = {.keys = calloc(1, KEY_MEMORY), .keys_size = KEY_MEMORY};
    const char *list = getenv("VAULT_KEYS");
    if (boot.keys == NULL || vault_boot(&boot) != MPKGATE_BOOT_OK) {
        die_of("start-up failed (memory, entropy or self test)", "");
    }
    char *copy = strdup(list == NULL ? "" : list);
    char *rest = copy;
    for (char *entry = strtok_r(copy, ",", &rest); entry != NULL; entry = strtok_r(NULL, ",", &rest)) {
        char *file = strchr(entry, '=');
        if (file == NULL) {
            die_of("VAULT_KEYS wants NAME=FILE[,NAME=FILE...], not: ", entry);
        }
        *file++ = '\0';
        if (vault_unprotected_load(entry, file) != MPKGATE_BOOT_OK) {
            die_of("not a key in PEM, DER or raw AES bytes, or its name is taken: ", entry);
        }
    }
    free(copy);
}
