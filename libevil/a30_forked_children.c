// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A30, where the program may fork: what a child gets of the vault, besides a copy of the key
// (a29_processes.c).
#include "evil.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vault.h>

struct answer {
    int error; // errno, 0: bytes is what the child was after
    unsigned char bytes[EVIL_KEY_MAX];
};

// Runs work in a forked child. Returns 0 and its answer; or the status that it ended with, without one; or -1
// if there is no child.
static int ask_child(void (*work)(const struct evil_target *target, struct answer *answer),
                     const struct evil_target *target, struct answer *answer) {
    int ends[2], status = 0;
    ssize_t got;
    pid_t child;

    if (pipe(ends) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        struct answer own = {0};

        work(target, &own);
        _exit(write(ends[1], &own, sizeof own) == (ssize_t)sizeof own ? 0 : 1);
    }
    close(ends[1]);
    got = child > 0 ? read(ends[0], answer, sizeof *answer) : 0;
    close(ends[0]);
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return got == (ssize_t)sizeof *answer ? 0 : status;
}

static void read_parent(const struct evil_target *target, struct answer *answer) {
    size_t size = target->key_size < sizeof answer->bytes ? target->key_size : sizeof answer->bytes;
    struct iovec local = {answer->bytes, size}, remote = {target->key, size};

    if (process_vm_readv(getppid(), &local, 1, &remote, 1, 0) != (ssize_t)size)
        answer->error = errno;
}

int evil_fork_parent(const struct evil_target *target) {
    struct answer answer = {0};

    if (ask_child(read_parent, target, &answer) != 0)
        return evil_failed("fork");
    errno = answer.error;
    return answer.error == 0 ? evil_got(target, answer.bytes, "a child by process_vm_readv of its parent")
                             : evil_failed("process_vm_readv of the parent");
}

static void call_gate(const struct evil_target *target, struct answer *answer) {
    (void)target;
    answer->error = vault_generate_random(answer->bytes, sizeof answer->bytes) == VAULT_SUCCESS ? 0 : EIO;
}

int evil_fork_gate(const struct evil_target *target) {
    struct answer answer = {0};
    int status = ask_child(call_gate, target, &answer);

    if (status == -1)
        return evil_failed("fork");
    if (status != 0)
        return evil_failed_because("the child that called the vault was ended by signal %d",
                                   WTERMSIG(status));
    return answer.error == 0 ? evil_succeeded("a child called the vault")
                             : evil_failed_because("the vault refused the child");
}

int evil_fork_dofork(const struct evil_target *target) {
    uintptr_t page = (uintptr_t)target->key & ~(uintptr_t)4095;

    if (madvise((void *)page, 4096, MADV_DOFORK) != 0)
        return evil_failed("madvise of the key's page");
    return evil_fork(target);
}
