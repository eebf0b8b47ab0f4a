// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The key files of --key [VAULT:]NAME=FILE.
#ifndef MPKGATE_LOADER_KEYS_H
#define MPKGATE_LOADER_KEYS_H

#include "plan.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct key {
    char name[MPKGATE_KEY_NAME_MAX];
    char *vault; // the name of the vault it is for, or NULL: the first
    uint32_t vault_number;
    char *given; // the path as the user gave it
    char *path;  // real path
    int fd;      // open for reading, close-on-exec
    dev_t device;
    ino_t inode;
    uint64_t size;         // bytes, 1 to MPKGATE_KEY_FILE_MAX
    int passphrase;        // descriptor, close-on-exec, or -1
    char *passphrase_path; // real path of its file, or NULL: not a file that can be opened by name
    struct mpkgate_key_policy policy;
};

struct keys {
    struct key key[MPKGATE_KEYS_MAX];
    size_t count;
};

// The key whose name is the `length` bytes at `name`, or NULL.
struct key *keys_find(struct keys *keys, const char *name, size_t length);

// Parses one [VAULT:]NAME=FILE, opens and checks the file, and adds it. Dies on a bad name or file.
void keys_add(struct keys *keys, const char *definition);

#endif
