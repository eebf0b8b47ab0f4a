// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The persistent store, as the vault and its keeper (mpk-run, which stays as the parent) know it: the form of
// a stored file, and the mailbox, a page range that both map. The keeper sees wrapped keys alone.
#ifndef MPKGATE_STORE_ABI_H
#define MPKGATE_STORE_ABI_H

#include <stdatomic.h>
#include <stdint.h>

#define MPKGATE_STORE_KEY_SIZE 32    // bytes: AES-256
#define MPKGATE_STORE_ITEMS_MAX 1024 // keys in a store
#define MPKGATE_STORE_ITEM_MAX 16384 // bytes of one, before it is wrapped

// A stored file: this header, `size` bytes of ciphertext, the tag. AES-256-GCM under the store key; the whole
// header is additional authenticated data, so that a file under another key's name, of another store or of
// another version is found out. Integers as x86-64 has them.
#define MPKGATE_STORE_MAGIC "MPKSTORE"
#define MPKGATE_STORE_VERSION 1
#define MPKGATE_STORE_TAG_SIZE 16 // bytes
struct mpkgate_store_header {
    uint8_t magic[8];
    uint32_t version;
    uint32_t flags;    // psa_storage_create_flags_t
    uint64_t uid;      // of the item; MPKGATE_STORE_INDEX: the index
    uint64_t sequence; // of the write; store-wide, ascending
    uint8_t nonce[12]; // random
    uint32_t size;     // bytes of the item
};
_Static_assert(sizeof(struct mpkgate_store_header) == 48, "the header has no padding");

// The index: what belongs to the store. One is written before each change of an item, so that a crash between
// the two is told from a file that somebody took away or put back.
#define MPKGATE_STORE_INDEX 0 // its uid
struct mpkgate_store_entry {
    uint64_t uid;
    uint64_t now;    // sequence of the file; 0: none
    uint64_t before; // the same as it was before the last change, which may not have come to pass
};
#define MPKGATE_STORE_FILE_MIN (sizeof(struct mpkgate_store_header) + MPKGATE_STORE_TAG_SIZE)
#define MPKGATE_STORE_FILE_MAX                                                                               \
    (MPKGATE_STORE_FILE_MIN + MPKGATE_STORE_ITEMS_MAX * sizeof(struct mpkgate_store_entry))
_Static_assert(MPKGATE_STORE_ITEM_MAX <= MPKGATE_STORE_ITEMS_MAX * sizeof(struct mpkgate_store_entry),
               "the index is the largest file");

enum mpkgate_store_operation {
    MPKGATE_STORE_READ = 1,   // the file of uid
    MPKGATE_STORE_NEXT = 2,   // the file, found at start, of the lowest uid above uid
    MPKGATE_STORE_WRITE = 3,  // data[0..size) becomes the file of uid, whole or not at all
    MPKGATE_STORE_REMOVE = 4, // there is no file of uid afterwards
};

enum mpkgate_store_result {
    MPKGATE_STORE_OK = 0,
    MPKGATE_STORE_NONE = 1,    // there is no such file
    MPKGATE_STORE_FULL = 2,    // no room on the disk; nothing has changed
    MPKGATE_STORE_FAILED = 3,  // nothing has changed
    MPKGATE_STORE_UNKNOWN = 4, // the disk has the old or the new
};

enum mpkgate_mailbox_state {
    MPKGATE_MAILBOX_IDLE = 0,
    MPKGATE_MAILBOX_REQUEST = 1, // the vault has asked; all else is the keeper's
    MPKGATE_MAILBOX_ANSWER = 2,  // the keeper has answered; all else is the vault's
};

// One request at a time. The state is a futex; it is stored with release, loaded with acquire order.
struct mpkgate_mailbox {
    _Atomic uint32_t state; // enum mpkgate_mailbox_state
    uint32_t operation;     // enum mpkgate_store_operation
    uint64_t uid;
    uint32_t size;   // bytes of data
    uint32_t result; // enum mpkgate_store_result
    uint8_t data[MPKGATE_STORE_FILE_MAX];
};
#define MPKGATE_MAILBOX_SIZE 0x8000 // bytes of the mapping
_Static_assert(sizeof(struct mpkgate_mailbox) <= MPKGATE_MAILBOX_SIZE, "the mailbox must fit");

#endif
