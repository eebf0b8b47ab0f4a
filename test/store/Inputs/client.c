// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// client COMMAND...: what a program with a store can do, and what it must not be able to.
//   set UID TEXT, once UID TEXT, get UID, remove UID: through the vault; print the PSA status, and what came
//   open PATH: says why it does not open
//   descriptors: counts what is open above standard error
//   mailbox read|write|wake: touches the mailbox, or wakes who waits for its state
//   orphan: waits until the parent is another one
//   say TEXT: prints it
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vault-testing.h"

enum { ITEM_MAX = 20000 };

static int set(char **argument, uint32_t flags) {
    uint64_t uid = strtoull(argument[0], NULL, 0);
    int status = vault_test_store_set(uid, (const uint8_t *)argument[1], strlen(argument[1]), flags);
    printf("set %s: status %d\n", argument[0], status);
    return 2;
}

static int get(char **argument) {
    static uint8_t item[ITEM_MAX];
    size_t size = 0;
    int status = vault_test_store_get(strtoull(argument[0], NULL, 0), item, sizeof(item), &size);
    printf("get %s: status %d: %.*s\n", argument[0], status, (int)size, (const char *)item);
    return 1;
}

static int drop(char **argument) {
    printf("remove %s: status %d\n", argument[0], vault_test_store_remove(strtoull(argument[0], NULL, 0)));
    return 1;
}

static int open_file(char **argument) {
    int file = open(argument[0], O_RDONLY | O_CLOEXEC);
    printf("open %s: %s\n", argument[0], file < 0 ? strerror(errno) : "opened");
    return 1;
}

static int list_descriptors(void) {
    int count = 0;
    for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    printf("descriptors: %d\n", count);
    return 0;
}

static int touch_mailbox(char **argument) {
    volatile unsigned char *box = (unsigned char *)(uintptr_t)vault_test_address(VAULT_TEST_MAILBOX, 0);
    printf("mailbox: %s\n", box != NULL ? "there" : "none");
    fflush(stdout);
    if (strcmp(argument[0], "wake") == 0) {
        long woken = syscall(SYS_futex, box, FUTEX_WAKE, 1, NULL, NULL, 0);
        printf("mailbox: %s\n", woken < 0 ? strerror(errno) : "woken");
        return 1;
    }
    if (strcmp(argument[0], "write") == 0)
        box[0] = 1;
    printf("mailbox: byte %d\n", box[0]);
    return 1;
}

static int wait_for_another_parent(void) {
    pid_t parent = getppid();
    printf("orphan: waiting\n");
    fflush(stdout);
    while (getppid() == parent)
        usleep(10000);
    return 0;
}

static int say(char **argument) {
    puts(argument[0]);
    fflush(stdout);
    return 1;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        char **argument = &argv[i + 1];
        if (strcmp(argv[i], "set") == 0)
            i += set(argument, 0);
        else if (strcmp(argv[i], "once") == 0)
            i += set(argument, 1);
        else if (strcmp(argv[i], "get") == 0)
            i += get(argument);
        else if (strcmp(argv[i], "remove") == 0)
            i += drop(argument);
        else if (strcmp(argv[i], "open") == 0)
            i += open_file(argument);
        else if (strcmp(argv[i], "descriptors") == 0)
            i += list_descriptors();
        else if (strcmp(argv[i], "mailbox") == 0)
            i += touch_mailbox(argument);
        else if (strcmp(argv[i], "say") == 0)
            i += say(&argv[i + 1]);
        else if (strcmp(argv[i], "orphan") == 0)
            i += wait_for_another_parent();
        else
            return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
