// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A29 and A30: another process with the vault in its memory.
#include "evil.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(16) unsigned char stack[65536];
static volatile int started;

static int sibling(void *unused) {
    (void)unused;
    started = 1;
    return 0;
}

int evil_clone_vm(const struct evil_target *target) {
    pid_t child = clone(sibling, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);

    (void)target;
    if (child < 0)
        return evil_failed("clone with CLONE_VM");
    waitpid(child, NULL, 0);
    if (!started)
        return evil_failed_because("the sibling did not run");
    return evil_succeeded("started a sibling process that shares the memory");
}

int evil_fork(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    size_t size = target->key_size < sizeof copy ? target->key_size : sizeof copy;
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0)
        return evil_cannot("pipe");
    child = fork();
    if (child < 0)
        return evil_failed("fork");
    if (child == 0) {
        ssize_t written = write(ends[1], target->key, size);

        _exit(written == (ssize_t)size ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], copy, size) != (ssize_t)size)
        return evil_failed_because("the child could not write the key");
    return evil_got(target, copy, "a forked child");
}

int evil_vfork(const struct evil_target *target) {
    pid_t child = vfork();

    (void)target;
    if (child == 0)
        _exit(0);
    if (child < 0)
        return evil_failed("vfork");
    waitpid(child, NULL, 0);
    return evil_succeeded("started a sibling process by vfork");
}

int evil_clone3(const struct evil_target *target) {
    struct clone_args arguments = {.exit_signal = SIGCHLD};
    long child = syscall(SYS_clone3, &arguments, sizeof arguments);

    (void)target;
    if (child == 0)
        _exit(0);
    if (child < 0)
        return evil_failed("clone3");
    waitpid((pid_t)child, NULL, 0);
    return evil_succeeded("started a process by clone3");
}

int evil_exec(const struct evil_target *target) {
    (void)target;
    execl("/bin/echo", "echo", "attack a30-exec succeeded: another program runs", NULL);
    return evil_failed("execve");
}
