// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See edits-cache.h. A file is the authentication code (HMAC-SHA-256 of build-id and edits), and the edits.
#include "edits-cache.h"

#include "die.h"
#include "mpk-rewrite.h"
#include "tool/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// EDITS_MAX: more than those of any library; all that is added to one is some pages.
enum { CODE_SIZE = 32, EDITS_MAX = 64 << 20 };

#define KEY_NAME "mpkgate:rewrites"
// Whoever runs as the user, in whatever session, may find and read it (KEYCTL_SETPERM: possessor and user).
#define KEY_RIGHTS 0x3f3f0000

// --- The key and the code ----------------------------------------------------------------------------------

static bool make_key(void) {
    unsigned char key[CODE_SIZE];
    if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
        return false;
    long serial = syscall(SYS_add_key, "user", KEY_NAME, key, sizeof(key), KEY_SPEC_USER_KEYRING);
    mbedtls_platform_zeroize(key, sizeof(key));
    return serial > 0 && syscall(SYS_keyctl, KEYCTL_SETPERM, serial, KEY_RIGHTS) == 0;
}

static bool read_key(unsigned char key[CODE_SIZE]) {
    long serial = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, "user", KEY_NAME, 0);
    return serial > 0 && syscall(SYS_keyctl, KEYCTL_READ, serial, key, CODE_SIZE) == CODE_SIZE;
}

static bool authenticate(const unsigned char *id, size_t id_size, const struct edits *edits,
                         unsigned char code[CODE_SIZE]) {
    unsigned char key[CODE_SIZE];
    mbedtls_md_context_t context;
    if (!read_key(key))
        return false;
    mbedtls_md_init(&context);
    bool is_made = mbedtls_md_setup(&context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1) == 0 &&
                   mbedtls_md_hmac_starts(&context, key, sizeof(key)) == 0 &&
                   mbedtls_md_hmac_update(&context, id, id_size) == 0 &&
                   mbedtls_md_hmac_update(&context, edits->bytes, edits->size) == 0 &&
                   mbedtls_md_hmac_finish(&context, code) == 0;
    mbedtls_md_free(&context);
    mbedtls_platform_zeroize(key, sizeof(key));
    return is_made;
}

// --- Names -------------------------------------------------------------------------------------------------

static char *folder_path(void) {
    const char *base = getenv("XDG_CACHE_HOME");
    if (base != NULL && base[0] == '/')
        return format_string("%s/mpkgate/rewrites", base);
    base = getenv("HOME");
    return base != NULL && base[0] == '/' ? format_string("%s/.cache/mpkgate/rewrites", base) : NULL;
}

static int open_folder(const char *path) {
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int make_folder(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
    return open_folder(path);
}

static char *file_name(const unsigned char *id, size_t size) {
    char name[2 * MPK_BUILD_ID_MAX + 1] = "";
    for (size_t i = 0; i < size; i++)
        snprintf(name + 2 * i, 3, "%02x", id[i]);
    return copy_string(name);
}

// --- Loading -----------------------------------------------------------------------------------------------

static bool read_file(int file, unsigned char code[CODE_SIZE], struct edits *edits) {
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= CODE_SIZE ||
        status.st_size > EDITS_MAX)
        return false;
    edits->size = (size_t)status.st_size - CODE_SIZE;
    edits->bytes = allocate(edits->size);
    return read_all(file, code, CODE_SIZE) == CODE_SIZE &&
           read_all(file, edits->bytes, edits->size) == (ssize_t)edits->size;
}

static int open_file(const unsigned char *id, size_t size) {
    char *path = folder_path();
    int folder = path != NULL ? open_folder(path) : -1;
    char *name = file_name(id, size);
    int file = folder >= 0 ? openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
    if (folder >= 0)
        close(folder);
    free(name);
    free(path);
    return file;
}

bool edits_cache_load(const unsigned char *id, size_t size, struct edits *edits) {
    unsigned char found[CODE_SIZE], wanted[CODE_SIZE];
    int file = size > 0 ? open_file(id, size) : -1;
    if (file < 0)
        return false;
    *edits = (struct edits){.bytes = NULL};
    bool is_good = read_file(file, found, edits) && authenticate(id, size, edits, wanted) &&
                   mbedtls_ct_memcmp(found, wanted, CODE_SIZE) == 0;
    close(file);
    if (!is_good) {
        verbose("cached edits of an earlier start, or not of mpk-run's own: not used");
        free(edits->bytes);
    }
    return is_good;
}

// --- Keeping -----------------------------------------------------------------------------------------------

static void write_file(int folder, const char *name, const unsigned char code[CODE_SIZE],
                       const struct edits *edits) {
    char *temporary = format_string(".new-%ld", (long)getpid());
    int file = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file >= 0) {
        bool is_kept = write_all(file, code, CODE_SIZE) && write_all(file, edits->bytes, edits->size);
        is_kept = close(file) == 0 && is_kept;
        if (!is_kept || renameat(folder, temporary, folder, name) != 0)
            unlinkat(folder, temporary, 0);
    }
    free(temporary);
}

void edits_cache_store(const unsigned char *id, size_t size, const struct edits *edits) {
    unsigned char code[CODE_SIZE];
    if (size == 0 || edits->size > EDITS_MAX - CODE_SIZE)
        return;
    if (!authenticate(id, size, edits, code) && !(make_key() && authenticate(id, size, edits, code))) {
        verbose("no cache of rewritten libraries: the kernel keeps no key for this user");
        return;
    }
    char *path = folder_path();
    int folder = path != NULL ? make_folder(path) : -1;
    if (folder >= 0) {
        char *name = file_name(id, size);
        write_file(folder, name, code, edits);
        free(name);
        close(folder);
    }
    free(path);
}
