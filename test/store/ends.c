// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See ends.h.
#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../libvault/heap.h"
#include "../../libvault/store.h"
#include "../../libvault/wrap.h"
#include "../../verifier/loader/keeper.h"

enum { HEAP_SIZE = 16 << 20 };

int ends_open(const char *folder, const uint8_t *key, uint64_t *item) {
    static struct keeper keeper;
    static uint8_t copy[ENDS_KEY_SIZE];
    keeper_open(&keeper, folder, "file");
    void *vault = mmap(NULL, MPKGATE_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, keeper.mailbox_fd, 0);
    void *heap = mmap(NULL, HEAP_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (vault == MAP_FAILED || heap == MAP_FAILED)
        abort();
    keeper_start(&keeper);
    heap_init(heap, HEAP_SIZE);
    memcpy(copy, key, sizeof(copy));
    struct mpkgate_boot boot = {.mailbox = vault};
    int status = store_boot(&boot, copy);
    if (item != NULL)
        *item = boot.failed_item;
    return status;
}

int ends_in_child(int (*body)(void *context), void *context, char *text, size_t size) {
    int channel[2];
    if (pipe(channel) != 0)
        abort();
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (text != NULL)
            dup2(channel[1], STDERR_FILENO);
        close(channel[0]);
        close(channel[1]);
        exit(body(context));
    }
    close(channel[1]);
    size_t done = 0;
    for (ssize_t got = 1; text != NULL && got > 0 && done + 1 < size; done += got > 0 ? (size_t)got : 0)
        got = read(channel[0], text + done, size - 1 - done);
    if (text != NULL)
        text[done] = '\0';
    close(channel[0]);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct attempt {
    const char *folder;
    const uint8_t *key;
};

static int attempt(void *context) {
    const struct attempt *attempt = context;
    return ends_open(attempt->folder, attempt->key, NULL);
}

int ends_try(const char *folder, const uint8_t *key, char *text, size_t size) {
    struct attempt what = {folder, key};
    return ends_in_child(attempt, &what, text, size);
}

int ends_set(uint64_t uid, const void *data, size_t size, uint32_t flags) {
    return psa_its_set(uid, (uint32_t)size, data, flags);
}

int ends_get(uint64_t uid, void *data, size_t room, size_t *size) {
    struct psa_storage_info_t info = {0};
    psa_status_t status = psa_its_get_info(uid, &info);
    if (status == PSA_SUCCESS && info.size > room)
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    return status == PSA_SUCCESS ? psa_its_get(uid, 0, info.size, data, size) : status;
}

int ends_remove(uint64_t uid) {
    return psa_its_remove(uid);
}

bool ends_unwraps(const uint8_t *key, const uint8_t *file, size_t size, uint64_t uid) {
    static uint8_t item[MPKGATE_STORE_FILE_MAX];
    wrap_init(key);
    return size <= sizeof(item) && unwrap(file, size, uid, item);
}
