// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reading, writing and removing the store's files. A file is written under another name, flushed, and
// renamed; then the folder is flushed. A crash at any moment leaves the old file or the new one.
#include "store.h"

#include "tool/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void store_name(char name[STORE_NAME_MAX], uint64_t uid) {
    if (uid == MPKGATE_STORE_INDEX)
        snprintf(name, STORE_NAME_MAX, "index");
    else
        snprintf(name, STORE_NAME_MAX, "%016" PRIx64 ".key", uid);
}

enum mpkgate_store_result store_read(const struct store *store, uint64_t uid, uint8_t *data, uint32_t *size) {
    char name[STORE_NAME_MAX];
    store_name(name, uid);
    int file = openat(store->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return errno == ENOENT ? MPKGATE_STORE_NONE : MPKGATE_STORE_FAILED;
    ssize_t got = read_all(file, data, MPKGATE_STORE_FILE_MAX);
    close(file);
    if (got < 0)
        return MPKGATE_STORE_FAILED;
    *size = (uint32_t)got;
    return MPKGATE_STORE_OK;
}

enum mpkgate_store_result store_next(const struct store *store, uint64_t *uid, uint8_t *data,
                                     uint32_t *size) {
    for (size_t i = 0; i < store->count; i++) {
        if (store->uid[i] > *uid) {
            *uid = store->uid[i];
            return store_read(store, *uid, data, size);
        }
    }
    return MPKGATE_STORE_NONE;
}

static enum mpkgate_store_result failure_of_errno(void) {
    return errno == ENOSPC || errno == EDQUOT ? MPKGATE_STORE_FULL : MPKGATE_STORE_FAILED;
}

static enum mpkgate_store_result write_and_flush(int file, const uint8_t *data, size_t size) {
    return write_all(file, data, size) && fsync(file) == 0 ? MPKGATE_STORE_OK : failure_of_errno();
}

// The folder's change has been made; is it on the disk, too?
static enum mpkgate_store_result flush_folder(const struct store *store) {
    return fsync(store->folder) == 0 ? MPKGATE_STORE_OK : MPKGATE_STORE_UNKNOWN;
}

enum mpkgate_store_result store_write(const struct store *store, uint64_t uid, const uint8_t *data,
                                      uint32_t size) {
    char name[STORE_NAME_MAX];
    store_name(name, uid);
    unlinkat(store->folder, STORE_TEMPORARY, 0); // of a write whose end failed, too
    int file =
        openat(store->folder, STORE_TEMPORARY, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return failure_of_errno();
    enum mpkgate_store_result result = write_and_flush(file, data, size);
    if (close(file) != 0 && result == MPKGATE_STORE_OK)
        result = failure_of_errno();
    if (result == MPKGATE_STORE_OK && renameat(store->folder, STORE_TEMPORARY, store->folder, name) != 0)
        result = failure_of_errno();
    if (result == MPKGATE_STORE_OK)
        return flush_folder(store);
    unlinkat(store->folder, STORE_TEMPORARY, 0);
    return result;
}

enum mpkgate_store_result store_remove(const struct store *store, uint64_t uid) {
    char name[STORE_NAME_MAX];
    store_name(name, uid);
    if (unlinkat(store->folder, name, 0) != 0)
        return errno == ENOENT ? MPKGATE_STORE_NONE : MPKGATE_STORE_FAILED;
    return flush_folder(store);
}
