// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The items, wrapped, in vault memory: reading needs no keeper, and plaintext exists in PSA's buffers alone.
// Before each change the index is written (store-abi.h), so two files are written for one item.
#include "store.h"

#include <store-abi.h>
#include <string.h>

#include "heap.h"
#include "lock.h"
#include "mailbox.h"
#include "wrap.h"

#define NOTHING UINT64_MAX // a uid of no change

struct item {
    uint64_t uid;
    struct mpkgate_store_header header;
    uint8_t *file; // wrapped, WRAPPED_SIZE(header.size) bytes on the heap
};

static struct {
    struct lock writing; // held while the keeper works, and around every change; taken first
    struct lock lock;    // of `item` and `count`, never held for long
    bool is_open;
    uint64_t sequence; // the highest that was ever given to a write
    size_t count;
    struct item *item; // MPKGATE_STORE_ITEMS_MAX
} store;

static psa_status_t status_of(enum mpkgate_store_result result) {
    switch (result) {
    case MPKGATE_STORE_OK:
        return PSA_SUCCESS;
    case MPKGATE_STORE_FULL:
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    default:
        return PSA_ERROR_STORAGE_FAILURE;
    }
}

static struct item *find(uint64_t uid) {
    for (size_t i = 0; i < store.count; i++) {
        if (store.item[i].uid == uid) {
            return &store.item[i];
        }
    }
    return NULL;
}

static enum mpkgate_store_result write_file(uint64_t uid, uint8_t *file, size_t size) {
    struct mailbox_message message = {.uid = uid, .size = (uint32_t)size, .data = file};
    return mailbox_call(MPKGATE_STORE_WRITE, &message);
}

// The entries: each item as it is, but `changed`, which is about to become `now`. Returns their number.
static size_t list_items(struct mpkgate_store_entry *entry, uint64_t changed, uint64_t now) {
    size_t count = 0;
    for (size_t i = 0; i < store.count; i++) {
        uint64_t is = store.item[i].header.sequence;
        entry[count++] = (struct mpkgate_store_entry){
            .uid = store.item[i].uid, .now = store.item[i].uid == changed ? now : is, .before = is};
    }
    if (changed != NOTHING && find(changed) == NULL) {
        entry[count++] = (struct mpkgate_store_entry){.uid = changed, .now = now};
    }
    return count;
}

static psa_status_t write_index(uint64_t changed, uint64_t now) {
    size_t room = (store.count + 1) * sizeof(struct mpkgate_store_entry);
    struct mpkgate_store_entry *entry = heap_calloc(1, room);
    uint8_t *file = heap_calloc(1, WRAPPED_SIZE(room));
    psa_status_t status = PSA_ERROR_INSUFFICIENT_MEMORY;
    if (entry != NULL && file != NULL) {
        size_t size = list_items(entry, changed, now) * sizeof(*entry);
        status = wrap(MPKGATE_STORE_INDEX, store.sequence, 0, entry, size, file)
                     ? status_of(write_file(MPKGATE_STORE_INDEX, file, WRAPPED_SIZE(size)))
                     : PSA_ERROR_STORAGE_FAILURE;
    }
    heap_free(file);
    heap_free(entry);
    return status;
}

// Puts `file` in the place of the item's old one, or a new item behind the others; NULL: takes the item out.
static void commit(uint64_t uid, const struct mpkgate_store_header *header, uint8_t *file) {
    lock_take(&store.lock);
    struct item *item = find(uid);
    uint8_t *old = item == NULL ? NULL : item->file;
    if (file != NULL) {
        item = item == NULL ? &store.item[store.count++] : item;
        *item = (struct item){.uid = uid, .header = *header, .file = file};
    } else if (item != NULL) {
        *item = store.item[--store.count];
        store.item[store.count] = (struct item){0};
    }
    lock_release(&store.lock);
    heap_free(old);
}

static psa_status_t set_item(uint64_t uid, uint32_t flags, const void *data, size_t size, uint8_t *file) {
    struct mpkgate_store_header header;
    const struct item *item = find(uid); // nobody else writes
    if (item != NULL && (item->header.flags & PSA_STORAGE_FLAG_WRITE_ONCE) != 0) {
        return PSA_ERROR_NOT_PERMITTED;
    }
    if (item == NULL && store.count == MPKGATE_STORE_ITEMS_MAX) {
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    uint64_t sequence = ++store.sequence;
    if (!wrap(uid, sequence, flags, data, size, file) ||
        !wrap_header(file, WRAPPED_SIZE(size), uid, &header)) {
        return PSA_ERROR_STORAGE_FAILURE;
    }
    psa_status_t status = write_index(uid, sequence);
    if (status == PSA_SUCCESS) {
        status = status_of(write_file(uid, file, WRAPPED_SIZE(size)));
    }
    if (status == PSA_SUCCESS) {
        commit(uid, &header, file);
    }
    return status;
}

psa_status_t psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                         psa_storage_create_flags_t create_flags) {
    if (!store.is_open) {
        return PSA_ERROR_NOT_SUPPORTED;
    }
    if (uid == MPKGATE_STORE_INDEX || uid == NOTHING) {
        return PSA_ERROR_INVALID_HANDLE;
    }
    if ((create_flags & ~PSA_STORAGE_FLAG_WRITE_ONCE) != 0) {
        return PSA_ERROR_NOT_SUPPORTED;
    }
    if (data_length > MPKGATE_STORE_ITEM_MAX) {
        return PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    uint8_t *file = heap_calloc(1, WRAPPED_SIZE(data_length));
    if (file == NULL) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    lock_take(&store.writing);
    psa_status_t status = set_item(uid, create_flags, p_data, data_length, file);
    lock_release(&store.writing);
    if (status != PSA_SUCCESS) {
        heap_free(file);
    }
    return status;
}

psa_status_t psa_its_get(psa_storage_uid_t uid, uint32_t data_offset, uint32_t data_length, void *p_data,
                         size_t *p_data_length) {
    psa_status_t status = PSA_ERROR_DOES_NOT_EXIST;
    uint8_t *plain = NULL;
    lock_take(&store.lock);
    const struct item *item = find(uid);
    if (item == NULL) {
        goto out;
    }
    status = PSA_ERROR_INVALID_ARGUMENT;
    if (data_offset > item->header.size || data_length > item->header.size - data_offset) {
        goto out;
    }
    status = PSA_ERROR_INSUFFICIENT_MEMORY;
    plain = heap_calloc(1, (size_t)item->header.size + 1);
    if (plain == NULL) {
        goto out;
    }
    status = PSA_ERROR_DATA_CORRUPT;
    if (!unwrap(item->file, WRAPPED_SIZE((size_t)item->header.size), uid, plain)) {
        goto out;
    }
    status = PSA_SUCCESS;
    if (data_length != 0) {
        memcpy(p_data, plain + data_offset, data_length);
    }
    if (p_data_length != NULL) {
        *p_data_length = data_length;
    }
out:
    lock_release(&store.lock);
    heap_free(plain); // wipes
    return status;
}

psa_status_t psa_its_get_info(psa_storage_uid_t uid, struct psa_storage_info_t *p_info) {
    psa_status_t status = PSA_ERROR_DOES_NOT_EXIST;
    lock_take(&store.lock);
    const struct item *item = find(uid);
    if (item != NULL) {
        *p_info = (struct psa_storage_info_t){.size = item->header.size, .flags = item->header.flags};
        status = PSA_SUCCESS;
    }
    lock_release(&store.lock);
    return status;
}

static psa_status_t remove_item(uint64_t uid) {
    const struct item *item = find(uid);
    if (item == NULL) {
        return PSA_ERROR_DOES_NOT_EXIST;
    }
    if ((item->header.flags & PSA_STORAGE_FLAG_WRITE_ONCE) != 0) {
        return PSA_ERROR_NOT_PERMITTED;
    }
    store.sequence++;
    psa_status_t status = write_index(uid, 0);
    if (status == PSA_SUCCESS) {
        struct mailbox_message message = {.uid = uid};
        status = status_of(mailbox_call(MPKGATE_STORE_REMOVE, &message));
    }
    if (status == PSA_SUCCESS) {
        commit(uid, NULL, NULL);
    }
    return status;
}

psa_status_t psa_its_remove(psa_storage_uid_t uid) {
    lock_take(&store.writing);
    psa_status_t status = remove_item(uid);
    lock_release(&store.writing);
    return status;
}

bool store_is_open(void) {
    return store.is_open;
}

// Opening: memory for the largest file, the index in plaintext, and what has been seen of it.
struct opening {
    uint8_t *file;
    struct mpkgate_store_entry *entry; // MPKGATE_STORE_ITEMS_MAX + 1
    size_t count;
    bool has_index;
    uint64_t failed; // uid
};

static int read_index(struct opening *opening) {
    struct mailbox_message message = {.uid = MPKGATE_STORE_INDEX, .data = opening->file};
    struct mpkgate_store_header header;
    enum mpkgate_store_result result = mailbox_call(MPKGATE_STORE_READ, &message);
    if (result == MPKGATE_STORE_NONE) {
        return MPKGATE_BOOT_OK;
    }
    if (result != MPKGATE_STORE_OK) {
        return MPKGATE_BOOT_STORE_KEEPER;
    }
    if (!wrap_header(opening->file, message.size, MPKGATE_STORE_INDEX, &header) ||
        header.size % sizeof(struct mpkgate_store_entry) != 0 ||
        !unwrap(opening->file, message.size, MPKGATE_STORE_INDEX, (uint8_t *)opening->entry)) {
        return MPKGATE_BOOT_STORE_INDEX;
    }
    opening->has_index = true;
    opening->count = header.size / sizeof(struct mpkgate_store_entry);
    store.sequence = header.sequence;
    return MPKGATE_BOOT_OK;
}

static struct mpkgate_store_entry *entry_of(const struct opening *opening, uint64_t uid) {
    for (size_t i = 0; i < opening->count; i++) {
        if (opening->entry[i].uid == uid) {
            return &opening->entry[i];
        }
    }
    return NULL;
}

static int keep_file(const struct mailbox_message *message, const struct mpkgate_store_header *header) {
    uint8_t *copy = heap_calloc(1, message->size);
    if (copy == NULL || store.count == MPKGATE_STORE_ITEMS_MAX) {
        heap_free(copy);
        return MPKGATE_BOOT_STORE_MEMORY;
    }
    memcpy(copy, message->data, message->size);
    store.item[store.count++] = (struct item){.uid = message->uid, .header = *header, .file = copy};
    return MPKGATE_BOOT_OK;
}

static int take_file(const struct opening *opening, const struct mailbox_message *message) {
    struct mpkgate_store_header header;
    const struct mpkgate_store_entry *entry = entry_of(opening, message->uid);
    if (!opening->has_index) {
        return MPKGATE_BOOT_STORE_NO_INDEX;
    }
    uint8_t *plain = heap_calloc(1, (size_t)message->size + 1);
    if (plain == NULL) {
        return MPKGATE_BOOT_STORE_MEMORY;
    }
    bool is_whole = wrap_header(message->data, message->size, message->uid, &header) &&
                    unwrap(message->data, message->size, message->uid, plain);
    heap_free(plain); // wipes
    if (!is_whole) {
        return MPKGATE_BOOT_STORE_FILE;
    }
    if (entry == NULL || (header.sequence != entry->now && header.sequence != entry->before)) {
        return MPKGATE_BOOT_STORE_OLD;
    }
    return keep_file(message, &header);
}

static int read_files(struct opening *opening) {
    struct mailbox_message message = {.uid = MPKGATE_STORE_INDEX, .data = opening->file};
    for (;;) {
        enum mpkgate_store_result result = mailbox_call(MPKGATE_STORE_NEXT, &message);
        if (result == MPKGATE_STORE_NONE) {
            return MPKGATE_BOOT_OK;
        }
        if (result != MPKGATE_STORE_OK || message.uid <= opening->failed) { // the latter would never end
            return MPKGATE_BOOT_STORE_KEEPER;
        }
        opening->failed = message.uid;
        int status = take_file(opening, &message);
        if (status != MPKGATE_BOOT_OK) {
            return status;
        }
    }
}

// A file that is neither new nor about to go must be there. What the last change left open is settled.
static int settle(struct opening *opening) {
    bool is_settled = opening->has_index;
    for (size_t i = 0; i < opening->count; i++) {
        const struct mpkgate_store_entry *entry = &opening->entry[i];
        is_settled = is_settled && entry->now == entry->before;
        if (entry->now != 0 && entry->before != 0 && find(entry->uid) == NULL) {
            opening->failed = entry->uid;
            return MPKGATE_BOOT_STORE_MISSING;
        }
    }
    opening->failed = MPKGATE_STORE_INDEX;
    if (is_settled) {
        return MPKGATE_BOOT_OK;
    }
    store.sequence++;
    return write_index(NOTHING, 0) == PSA_SUCCESS ? MPKGATE_BOOT_OK : MPKGATE_BOOT_STORE_KEEPER;
}

int store_boot(struct mpkgate_boot *boot, const uint8_t *key) {
    struct opening opening = {.file = heap_calloc(1, MPKGATE_STORE_FILE_MAX),
                              .entry = heap_calloc(1, MPKGATE_STORE_FILE_MAX)};
    store.item = heap_calloc(MPKGATE_STORE_ITEMS_MAX, sizeof(*store.item));
    int status = MPKGATE_BOOT_STORE_MEMORY;
    if (opening.file != NULL && opening.entry != NULL && store.item != NULL) {
        wrap_init(key);
        mailbox_init(boot->mailbox);
        status = read_index(&opening);
    }
    if (status == MPKGATE_BOOT_OK) {
        status = read_files(&opening);
    }
    if (status == MPKGATE_BOOT_OK) {
        status = settle(&opening);
    }
    heap_free(opening.file);
    heap_free(opening.entry);
    boot->failed_item = opening.failed;
    store.is_open = status == MPKGATE_BOOT_OK;
    return status;
}
