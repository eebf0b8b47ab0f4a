// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The folder of --store: its files, whole or not at all. What is in them is the vault's business
// (store-abi.h).
#ifndef MPKGATE_LOADER_STORE_H
#define MPKGATE_LOADER_STORE_H

#include "store-abi.h"

#include <stddef.h>
#include <stdint.h>

struct store {
    const char *given; // the path as the user gave it
    char *path;        // real path
    int folder;        // descriptor, close-on-exec, locked
    uint64_t *uid;     // of the files found by store_open, ascending
    size_t count;
};

// The largest name of a stored file, with the NUL; and what a file is called while it is written. One request
// at a time, so one name is enough.
#define STORE_NAME_MAX 32
#define STORE_TEMPORARY "new"

// Opens, locks and checks the folder and each file in it, and removes what an interrupted write left. Dies,
// naming file and remedy, if the folder is not the user's alone or is in use, or if a file is none of a
// store, is damaged on its face, or is open as standard input, output or error.
void store_open(struct store *store, const char *folder);

// The name of uid's file.
void store_name(char name[STORE_NAME_MAX], uint64_t uid);

// What the keeper does for the vault, for operations of enum mpkgate_store_operation. Only store_read sets
// *size; data has MPKGATE_STORE_FILE_MAX bytes. store_next sets *uid, too.
enum mpkgate_store_result store_read(const struct store *store, uint64_t uid, uint8_t *data, uint32_t *size);
enum mpkgate_store_result store_next(const struct store *store, uint64_t *uid, uint8_t *data, uint32_t *size);
enum mpkgate_store_result store_write(const struct store *store, uint64_t uid, const uint8_t *data,
                                      uint32_t size);
enum mpkgate_store_result store_remove(const struct store *store, uint64_t uid);

#endif
