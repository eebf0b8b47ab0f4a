// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See keys.h. mpk-run never reads a key: the seal does, into vault memory.
#include "keys.h"

#include "copy.h"
#include "die.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char name_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

struct key *keys_find(struct keys *keys, const char *name, size_t length) {
    for (size_t i = 0; i < keys->count; i++) {
        if (strlen(keys->key[i].name) == length && memcmp(keys->key[i].name, name, length) == 0)
            return &keys->key[i];
    }
    return NULL;
}

static void parse_name(struct keys *keys, struct key *key, const char *definition) {
    size_t prefix = strcspn(definition, ":=");
    if (definition[prefix] == ':') {
        key->vault = copy_string(definition);
        key->vault[prefix] = '\0';
        definition += prefix + 1;
    }
    const char *equals = strchr(definition, '=');
    if (equals == NULL || equals[1] == '\0')
        die(MPK_RUN_FAILED, "for example --key signing=key.pem", "--key %s: expected NAME=FILE", definition);
    size_t length = (size_t)(equals - definition);
    if (length == 0 || length >= sizeof(key->name) || strspn(definition, name_letters) != length)
        die(MPK_RUN_FAILED, NULL,
            "--key %s: a key's name has 1 to %zu letters, digits, dots, underscores or hyphens", definition,
            sizeof(key->name) - 1);
    memcpy(key->name, definition, length);
    const struct key *other = keys_find(keys, definition, length);
    if (other != NULL)
        die(MPK_RUN_FAILED, NULL, "two keys have the name %s: %s and %s", key->name, other->given,
            equals + 1);
    key->given = copy_string(equals + 1);
}

static void open_key(struct key *key) {
    key->fd = open(key->given, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (key->fd >= 0)
        return;
    if (errno == ELOOP)
        die(MPK_RUN_FAILED, "name the file that it points to, which is what has to be kept from the program",
            "the file of key %s, %s, is a symbolic link", key->name, key->given);
    die_errno(MPK_RUN_FAILED, NULL, "cannot open the file of key %s, %s", key->name, key->given);
}

static void check_file(struct key *key) {
    struct stat status;
    if (fstat(key->fd, &status) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot look at the file of key %s, %s", key->name, key->given);
    if (!S_ISREG(status.st_mode))
        die(MPK_RUN_FAILED, NULL, "the file of key %s, %s, is not a regular file", key->name, key->given);
    if (status.st_nlink != 1) // A52: the program could open it by another name
        die(MPK_RUN_FAILED, "remove the other hard links (find / -samefile FILE), or give a copy of the file",
            "the file of key %s, %s, has %lu names: the program could open it by another one", key->name,
            key->given, (unsigned long)status.st_nlink);
    if (status.st_size == 0)
        die(MPK_RUN_FAILED, NULL, "the file of key %s, %s, is empty", key->name, key->given);
    if (status.st_size > MPKGATE_KEY_FILE_MAX)
        die(MPK_RUN_FAILED, NULL, "the file of key %s, %s, is larger than %d bytes", key->name, key->given,
            MPKGATE_KEY_FILE_MAX);
    key->size = (uint64_t)status.st_size;
    key->device = status.st_dev;
    key->inode = status.st_ino;
}

void keys_add(struct keys *keys, const char *definition) {
    if (keys->count == MPKGATE_KEYS_MAX)
        die(MPK_RUN_FAILED, NULL, "more than %d keys", MPKGATE_KEYS_MAX);
    struct key *key = &keys->key[keys->count];
    *key = (struct key){.fd = -1, .passphrase = -1};
    parse_name(keys, key, definition);
    open_key(key);
    check_file(key);
    key->path = real_path(key->fd, key->given);
    keys->count++;
}
