// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// --store-key: where the seal will read the store key. mpk-run never does.
#ifndef MPKGATE_LOADER_STORE_KEY_H
#define MPKGATE_LOADER_STORE_KEY_H

struct store_key {
    const char *given; // FILE or fd:N
    char *path;        // real path of the file, or NULL: a pipe or the like, which has no name
    int fd;            // for reading
};

// Opens and checks it. Dies, naming the remedy, on anything but 32 bytes in a file of one name, or a pipe.
void store_key_open(struct store_key *key, const char *given);

// In the process that does not seal: closes a descriptor that was given as fd:N.
void store_key_forget(const char *given);

#endif
