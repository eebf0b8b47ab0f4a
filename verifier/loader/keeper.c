// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See keeper.h. The keeper sleeps on the mailbox's futex; the vault wakes it.
#include "keeper.h"

#include "die.h"
#include "store-key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t answering = PTHREAD_MUTEX_INITIALIZER;

void keeper_open(struct keeper *keeper, const char *folder, const char *store_key) {
    keeper->store_key = store_key;
    store_open(&keeper->store, folder);
    keeper->mailbox_fd = memfd_create("mpkgate-mailbox", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    // Nobody can take the pages away from under the vault.
    if (keeper->mailbox_fd < 0 || ftruncate(keeper->mailbox_fd, MPKGATE_MAILBOX_SIZE) != 0 ||
        fcntl(keeper->mailbox_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot make the store's mailbox");
    keeper->mailbox =
        mmap(NULL, MPKGATE_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, keeper->mailbox_fd, 0);
    if (keeper->mailbox == MAP_FAILED)
        die_errno(MPK_RUN_FAILED, NULL, "cannot map the store's mailbox");
}

static uint32_t serve(const struct store *store, struct mpkgate_mailbox *box) {
    uint32_t size = box->size;
    switch (box->operation) {
    case MPKGATE_STORE_READ:
        return store_read(store, box->uid, box->data, &box->size);
    case MPKGATE_STORE_NEXT:
        return store_next(store, &box->uid, box->data, &box->size);
    case MPKGATE_STORE_WRITE:
        if (size < MPKGATE_STORE_FILE_MIN || size > MPKGATE_STORE_FILE_MAX)
            return MPKGATE_STORE_FAILED;
        return store_write(store, box->uid, box->data, size);
    case MPKGATE_STORE_REMOVE:
        return store_remove(store, box->uid);
    default:
        return MPKGATE_STORE_FAILED;
    }
}

static void *run(void *argument) {
    struct keeper *keeper = argument;
    struct mpkgate_mailbox *box = keeper->mailbox;
    for (;;) {
        uint32_t state = atomic_load_explicit(&box->state, memory_order_acquire);
        if (state != MPKGATE_MAILBOX_REQUEST) {
            syscall(SYS_futex, &box->state, FUTEX_WAIT, state, NULL, NULL, 0);
            continue;
        }
        pthread_mutex_lock(&answering);
        box->result = serve(&keeper->store, box);
        atomic_store_explicit(&box->state, MPKGATE_MAILBOX_ANSWER, memory_order_release);
        pthread_mutex_unlock(&answering);
        syscall(SYS_futex, &box->state, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    }
    return NULL;
}

void keeper_start(struct keeper *keeper) {
    pthread_t thread;
    close(keeper->mailbox_fd);
    store_key_forget(keeper->store_key);
    int error = pthread_create(&thread, NULL, run, keeper);
    if (error != 0) {
        errno = error;
        die_errno(MPK_RUN_FAILED, NULL, "cannot start the store's keeper");
    }
    pthread_detach(thread);
}

void keeper_stop(void) {
    pthread_mutex_lock(&answering);
}
