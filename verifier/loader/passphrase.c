// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passphrase.h"

#include "copy.h"
#include "descriptors.h"
#include "die.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static int given_descriptor(const char *definition, const char *number) {
    int fd = descriptor_number(number);
    if (fd < 0)
        die(MPK_RUN_FAILED, "for example --key-passphrase signing=fd:3 3< passphrase",
            "--key-passphrase %s: expected fd: and a descriptor above 2", definition);
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (copy < 0)
        die_errno(MPK_RUN_FAILED, NULL, "--key-passphrase %s: cannot use descriptor %d", definition, fd);
    return copy;
}

// The descriptor shares its file with the program's if the program can open that: then it is guarded like a
// key's (A52).
static void guard(struct key *key, const char *definition) {
    struct stat status;
    if (fstat(key->passphrase, &status) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "--key-passphrase %s: cannot look at the descriptor", definition);
    if (!S_ISREG(status.st_mode) || status.st_nlink == 0)
        return;
    if (descriptor_standard(&status) >= 0)
        die(MPK_RUN_FAILED, "redirect it to another file",
            "--key-passphrase %s: the file is open as standard input, output or error", definition);
    if (status.st_nlink != 1)
        die(MPK_RUN_FAILED, "remove the other hard links, or give the pass phrase by a pipe",
            "--key-passphrase %s: the file has %lu names: the program could open it by another one",
            definition, (unsigned long)status.st_nlink);
    key->passphrase_path = real_path(key->passphrase, definition);
}

static size_t ask(int terminal, const char *name, char *line, size_t size) {
    struct termios before, silent;
    if (tcgetattr(terminal, &before) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot silence the terminal's echo");
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG); // as getpass(3): an interrupt would leave the echo off
    if (tcsetattr(terminal, TCSAFLUSH, &silent) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot silence the terminal's echo");
    dprintf(terminal, "Pass phrase of key %s: ", name);
    ssize_t got = read(terminal, line, size);
    dprintf(terminal, "\n");
    tcsetattr(terminal, TCSAFLUSH, &before);
    if (got <= 0)
        die(MPK_RUN_FAILED, NULL, "no pass phrase for key %s", name);
    return (size_t)got;
}

static int from_terminal(const char *name) {
    char line[MPKGATE_PASSPHRASE_MAX];
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0)
        die_errno(MPK_RUN_FAILED, "without a terminal: --key-passphrase NAME=fd:N",
                  "cannot ask for the pass phrase of key %s", name);
    size_t length = ask(terminal, name, line, sizeof line);
    int fd = memfd_create("mpkgate-passphrase", MFD_CLOEXEC);
    ssize_t written = fd < 0 ? -1 : pwrite(fd, line, length, 0);
    explicit_bzero(line, sizeof line);
    close(terminal);
    if (written != (ssize_t)length)
        die_errno(MPK_RUN_FAILED, NULL, "cannot hand the pass phrase of key %s on", name);
    return fd;
}

void passphrase_add(struct keys *keys, const char *definition) {
    const char *equals = strchr(definition, '=');
    if (equals == NULL)
        die(MPK_RUN_FAILED, "for example --key-passphrase signing=tty",
            "--key-passphrase %s: expected NAME=tty or NAME=fd:N", definition);
    struct key *key = keys_find(keys, definition, (size_t)(equals - definition));
    if (key == NULL)
        die(MPK_RUN_FAILED, "the name is that of a --key", "--key-passphrase %s: there is no such key",
            definition);
    if (key->passphrase >= 0)
        die(MPK_RUN_FAILED, NULL, "--key-passphrase %s: the key has one already", definition);
    if (strcmp(equals + 1, "tty") == 0) {
        key->passphrase = from_terminal(key->name);
    } else if (strncmp(equals + 1, "fd:", 3) == 0) {
        key->passphrase = given_descriptor(definition, equals + 4);
        guard(key, definition);
    } else {
        die(MPK_RUN_FAILED, "for example --key-passphrase signing=tty",
            "--key-passphrase %s: expected NAME=tty or NAME=fd:N", definition);
    }
}
