// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's end of the mailbox (store-abi.h).
#ifndef VAULT_MAILBOX_H
#define VAULT_MAILBOX_H

#include <store-abi.h>

struct mailbox_message {
    uint64_t uid;
    uint32_t size; // bytes of data
    uint8_t *data; // out: MPKGATE_STORE_FILE_MAX bytes of room; in: read only
};

// `memory`: MPKGATE_MAILBOX_SIZE bytes, shared with the parent process, for good. Once.
void mailbox_init(void *memory);

// Asks the keeper and waits. MPKGATE_STORE_READ and _NEXT put the file into `message`. After
// MPKGATE_STORE_UNKNOWN, which is also what a keeper gets that does not answer within ten seconds, the
// mailbox is out of use: every further call returns MPKGATE_STORE_FAILED. Not thread-safe; waits, so no lock
// may be held that an operation without the store needs.
enum mpkgate_store_result mailbox_call(enum mpkgate_store_operation operation,
                                       struct mailbox_message *message);

// Its address; NULL: there is no store. For tests (vault_test_address).
void *mailbox_address(void);

#endif
