// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A protected program that does what its arguments say, one command after the other:
//   status N     remember N as the exit status            arguments     print the arguments
//   vault        one call through a gate                  find NAME     look a key up in the vault
//   read|write|create|list PATH                           open it and say what came of it
//   environment  print it                                 descriptors   print the open ones
//   kill N       send itself a signal                     sleep         say "ready", sleep a minute
//   fault        write to address 8                       abort         call abort()
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vault.h>

static void say(const char *what, const char *path, int is_open) {
    printf("%s %s: %s\n", what, path, is_open ? "opened" : strerror(errno));
}

static void try_open(const char *what, const char *path, int mode) {
    int file = open(path, mode, 0600);
    say(what, path, file >= 0);
    if (file >= 0)
        close(file);
}

static int file_command(const char *what, const char *path) {
    if (strcmp(what, "read") == 0)
        try_open(what, path, O_RDONLY);
    else if (strcmp(what, "write") == 0)
        try_open(what, path, O_WRONLY);
    else if (strcmp(what, "create") == 0)
        try_open(what, path, O_WRONLY | O_CREAT | O_EXCL);
    else if (strcmp(what, "list") == 0)
        say(what, path, opendir(path) != NULL);
    else
        return 0;
    return 1;
}

static void call_vault(void) {
    unsigned char bytes[16] = {0};
    int32_t status = vault_generate_random(bytes, sizeof(bytes));
    int sum = 0;
    for (size_t i = 0; i < sizeof(bytes); i++)
        sum |= bytes[i];
    printf("vault: status %d, %s\n", status, sum != 0 ? "random bytes" : "zeros");
}

static void print_environment(void) {
    for (char **entry = environ; *entry != NULL; entry++)
        puts(*entry);
}

static void print_descriptors(void) {
    for (int fd = 0; fd < 4096; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            printf("descriptor %d\n", fd);
    }
}

static int plain_command(const char *what, int argc, char **argv) {
    if (strcmp(what, "vault") == 0)
        call_vault();
    else if (strcmp(what, "environment") == 0)
        print_environment();
    else if (strcmp(what, "descriptors") == 0)
        print_descriptors();
    else if (strcmp(what, "arguments") == 0)
        for (int i = 0; i < argc; i++)
            printf("argument %d: %s\n", i, argv[i]);
    else if (strcmp(what, "sleep") == 0)
        printf("ready\n"), fflush(stdout), sleep(60), printf("slept\n");
    else if (strcmp(what, "fault") == 0)
        *(volatile int *)8 = 1;
    else if (strcmp(what, "abort") == 0)
        abort();
    else
        return 0;
    return 1;
}

static void kill_self(int number) {
    fflush(stdout);
    kill(getpid(), number);
    usleep(300000); // the signal is acted upon by another thread
    printf("survived signal %d\n", number);
}

int main(int argc, char **argv) {
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (plain_command(argv[i], argc, argv))
            continue;
        const char *what = argv[i++];
        if (i >= argc)
            return 99;
        uint32_t key;
        if (strcmp(what, "status") == 0)
            status = atoi(argv[i]);
        else if (strcmp(what, "kill") == 0)
            kill_self(atoi(argv[i]));
        else if (strcmp(what, "find") == 0)
            printf("find %s: %d\n", argv[i], vault_open_key(argv[i], &key));
        else if (!file_command(what, argv[i]))
            return 99;
    }
    return status;
}
