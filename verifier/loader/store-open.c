// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// store_open(): the folder and all that is in it, before the program starts. Fail closed: what is no file of
// a store is not passed over.
#include "store.h"

#include "copy.h"
#include "die.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char restore[] = "restore the whole store from a backup";

static void check_folder(const struct store *store) {
    struct stat status;
    if (fstat(store->folder, &status) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot look at the store %s", store->given);
    if (status.st_uid != geteuid())
        die(MPK_RUN_FAILED, "give the folder to the user who runs mpk-run (chown), or make another one",
            "the store %s belongs to user %ju, not to user %ju", store->given, (uintmax_t)status.st_uid,
            (uintmax_t)geteuid());
    if ((status.st_mode & 07777) != 0700)
        die(MPK_RUN_FAILED, "chmod 700 on the folder; whoever else could write there may have",
            "the store %s has mode %04o, not 0700", store->given, (unsigned)(status.st_mode & 07777));
    if (flock(store->folder, LOCK_EX | LOCK_NB) != 0)
        die(MPK_RUN_FAILED, "one program at a time: end the other one, or give each a store of its own",
            "the store %s is in use by another mpk-run", store->given);
}

static void open_folder(struct store *store, const char *folder) {
    // With a slash behind it, a symbolic link would be followed.
    char *name = copy_string(folder);
    for (size_t end = strlen(name); end > 1 && name[end - 1] == '/'; end--)
        name[end - 1] = '\0';
    store->given = name;
    store->folder = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int error = errno;
    struct stat status;
    if (store->folder < 0 && lstat(name, &status) == 0 && S_ISLNK(status.st_mode))
        die(MPK_RUN_FAILED,
            "name the folder that it points to, which is what has to be kept from the program",
            "the store %s is a symbolic link", name);
    errno = error; // for the messages
    if (store->folder < 0 && error == ENOENT)
        die_errno(MPK_RUN_FAILED, "an empty folder with mode 0700 is a new store (mkdir -m 700)",
                  "cannot open the store %s", name);
    if (store->folder < 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot open the store %s", name);
    check_folder(store);
    store->path = real_path(store->folder, name);
}

// "index" or sixteen hexadecimal digits and ".key".
static bool uid_of_name(const char *name, uint64_t *uid) {
    char expected[STORE_NAME_MAX];
    *uid = strcmp(name, "index") == 0 ? MPKGATE_STORE_INDEX : strtoull(name, NULL, 16);
    store_name(expected, *uid);
    return strcmp(name, expected) == 0;
}

static bool is_standard(const struct stat *file) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        struct stat status;
        if (fstat(fd, &status) == 0 && status.st_dev == file->st_dev && status.st_ino == file->st_ino)
            return true;
    }
    return false;
}

// What the file system says of it.
static void check_status(const struct store *store, const char *name, const struct stat *status) {
    if (!S_ISREG(status->st_mode))
        die(MPK_RUN_FAILED, "move it away", "%s/%s is not a regular file", store->given, name);
    if (status->st_uid != geteuid())
        die(MPK_RUN_FAILED, restore, "%s/%s belongs to user %ju", store->given, name,
            (uintmax_t)status->st_uid);
    if (status->st_nlink != 1) // A52: the program could open it by another name
        die(MPK_RUN_FAILED, "remove the other hard links (find / -samefile FILE)",
            "%s/%s has %ju names: the program could open it by another one", store->given, name,
            (uintmax_t)status->st_nlink);
    if (is_standard(status))
        die(MPK_RUN_FAILED, "redirect it to another file", "%s/%s is open as standard input, output or error",
            store->given, name);
    if (status->st_size < (off_t)MPKGATE_STORE_FILE_MIN || status->st_size > (off_t)MPKGATE_STORE_FILE_MAX)
        die(MPK_RUN_FAILED, restore, "%s/%s is damaged: it has %jd bytes, and a file of a store %zu to %zu",
            store->given, name, (intmax_t)status->st_size, MPKGATE_STORE_FILE_MIN, MPKGATE_STORE_FILE_MAX);
}

// What can be seen without the store key. The vault verifies everything.
static void check_header(const struct store *store, const char *name, uint64_t uid,
                         const struct mpkgate_store_header *header, off_t size) {
    if (memcmp(header->magic, MPKGATE_STORE_MAGIC, sizeof(header->magic)) != 0)
        die(MPK_RUN_FAILED, restore, "%s/%s is damaged, or no file of a store", store->given, name);
    if (header->version != MPKGATE_STORE_VERSION)
        die(MPK_RUN_FAILED, "use the MPKGate that wrote it, or restore the whole store from a backup",
            "%s/%s is of version %" PRIu32 " of the store's format; this is version %d", store->given, name,
            header->version, MPKGATE_STORE_VERSION);
    if (header->uid != uid)
        die(MPK_RUN_FAILED, restore, "%s/%s is the file of another key, %016" PRIx64, store->given, name,
            header->uid);
    if (header->size != (uint64_t)size - MPKGATE_STORE_FILE_MIN)
        die(MPK_RUN_FAILED, restore, "%s/%s is damaged: it has %jd bytes, and says that it has %" PRIu64,
            store->given, name, (intmax_t)size, (uint64_t)header->size + MPKGATE_STORE_FILE_MIN);
}

static void check_file(const struct store *store, const char *name, uint64_t uid) {
    struct mpkgate_store_header header = {0};
    struct stat status;
    int file = openat(store->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0 && errno == ELOOP)
        die(MPK_RUN_FAILED, "move it away", "%s/%s is not a regular file", store->given, name);
    if (file < 0 || fstat(file, &status) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot open %s/%s", store->given, name);
    check_status(store, name, &status);
    if (pread(file, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
        die_errno(MPK_RUN_FAILED, NULL, "cannot read %s/%s", store->given, name);
    check_header(store, name, uid, &header, status.st_size);
    close(file);
}

static void add_uid(struct store *store, uint64_t uid) {
    if (store->count == MPKGATE_STORE_ITEMS_MAX)
        die(MPK_RUN_FAILED, restore, "the store %s has more than %d keys", store->given,
            MPKGATE_STORE_ITEMS_MAX);
    store->uid = reallocate(store->uid, (store->count + 1) * sizeof(*store->uid));
    store->uid[store->count++] = uid;
}

static void take_entry(struct store *store, const char *name) {
    uint64_t uid;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    if (strcmp(name, STORE_TEMPORARY) == 0) {
        verbose("%s/%s is removed: a write was interrupted", store->given, name);
        if (unlinkat(store->folder, name, 0) != 0)
            die_errno(MPK_RUN_FAILED, "move it away", "cannot remove %s/%s", store->given, name);
        return;
    }
    if (!uid_of_name(name, &uid))
        die(MPK_RUN_FAILED, "move it away: a store is a folder of its own", "%s/%s is no file of a store",
            store->given, name);
    check_file(store, name, uid);
    if (uid != MPKGATE_STORE_INDEX)
        add_uid(store, uid);
}

static int compare_uids(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void store_open(struct store *store, const char *folder) {
    *store = (struct store){0};
    open_folder(store, folder);
    int again = openat(store->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = again >= 0 ? fdopendir(again) : NULL;
    if (stream == NULL)
        die_errno(MPK_RUN_FAILED, NULL, "cannot list the store %s", store->given);
    errno = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        take_entry(store, entry->d_name);
        errno = 0;
    }
    if (errno != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot list the store %s", store->given);
    closedir(stream);
    if (store->count > 1)
        qsort(store->uid, store->count, sizeof(*store->uid), compare_uids);
}
