// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See store-key.h.
#include "store-key.h"

#include "copy.h"
#include "descriptors.h"
#include "die.h"
#include "store-abi.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "fd:";

static int descriptor_of(const char *given) {
    if (strncmp(given, prefix, sizeof(prefix) - 1) != 0)
        return -1;
    int number = descriptor_number(given + sizeof(prefix) - 1);
    if (number < 0)
        die(MPK_RUN_FAILED, "for example --store-key fd:3 3< FILE; a file of such a name is ./fd:3",
            "--store-key %s: expected fd: and a descriptor above 2", given);
    return number;
}

static int open_file(const char *given) {
    int file = open(given, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0 && errno == ELOOP)
        die(MPK_RUN_FAILED, "name the file that it points to, which is what has to be kept from the program",
            "the store key %s is a symbolic link", given);
    if (file < 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot open the store key %s", given);
    return file;
}

static void check_standard(const char *given, const struct stat *key) {
    if (descriptor_standard(key) >= 0)
        die(MPK_RUN_FAILED, "redirect it to another file",
            "the store key %s is open as standard input, output or error", given);
}

static void check_file(const struct store_key *key, const struct stat *status) {
    if (status->st_nlink > 1) // A52: the program could open it by another name
        die(MPK_RUN_FAILED, "remove the other hard links (find / -samefile FILE), or give a copy of the file",
            "the store key %s has %lu names: the program could open it by another one", key->given,
            (unsigned long)status->st_nlink);
    if (status->st_size != MPKGATE_STORE_KEY_SIZE)
        die(MPK_RUN_FAILED, "make one with, for example, openssl rand -out FILE 32",
            "the store key %s has %jd bytes: a store key has %d", key->given, (intmax_t)status->st_size,
            MPKGATE_STORE_KEY_SIZE);
}

void store_key_open(struct store_key *key, const char *given) {
    struct stat status;
    *key = (struct store_key){.given = given, .fd = descriptor_of(given)};
    bool is_given = key->fd >= 0;
    if (!is_given)
        key->fd = open_file(given);
    if (fstat(key->fd, &status) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot look at the store key %s", given);
    if (!S_ISREG(status.st_mode) && !(is_given && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))))
        die(MPK_RUN_FAILED, NULL, "the store key %s is not a regular file%s", given,
            is_given ? " nor a pipe" : "");
    check_standard(given, &status);
    if (!S_ISREG(status.st_mode))
        return;
    check_file(key, &status);
    if (status.st_nlink != 0)
        key->path = real_path(key->fd, given);
}

void store_key_forget(const char *given) {
    int fd = descriptor_of(given);
    if (fd >= 0)
        close(fd);
}
