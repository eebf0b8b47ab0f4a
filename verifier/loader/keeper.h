// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The keeper of a store: a thread of the mpk-run that stays as the parent, which answers the mailbox.
#ifndef MPKGATE_LOADER_KEEPER_H
#define MPKGATE_LOADER_KEEPER_H

#include "store.h"

struct keeper {
    struct store store;
    struct mpkgate_mailbox *mailbox;
    int mailbox_fd;        // close-on-exec
    const char *store_key; // as given (store-key.h): what the keeper must not have
};

// Opens the store (store_open) and makes the mailbox. Dies on failure.
void keeper_open(struct keeper *keeper, const char *folder, const char *store_key);

// Starts answering, in the parent, and closes the store key if that is a descriptor. `keeper` must stay. Dies
// on failure.
void keeper_start(struct keeper *keeper);

// Waits until no request is under way and answers no further one. Harmless without keeper_start().
void keeper_stop(void);

#endif
