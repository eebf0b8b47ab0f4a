// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Refused for --explain-denials: new code, be it libraries that libc loads by itself or memory.
#include "compat.h"
#include "explain.h"
#include "real.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

enum { RULE_MMAP = 9, RULE_MPROTECT = 10 };

#define HELP_NAMES                                                                                           \
    "if the name should be found: --preload libnss_NAME.so.2 loads what nsswitch.conf names, --ro lets its " \
    "files be read"

// libc looks at its caller's library for a search path, so it is called in this function's place.
EXPORT void *dlopen(const char *file, int mode) {
    if (!is_sealed() || !explains()) __attribute__
        ((musttail)) return real()->dlopen(file, mode);
    void *handle = real()->dlopen(file, mode);
    if (handle == NULL && (mode & RTLD_NOLOAD) == 0)
        explain("dlopen", file, RULE_MMAP, HELP_PRELOAD);
    return handle;
}

EXPORT void *dlmopen(Lmid_t space, const char *file, int mode) {
    if (!is_sealed() || !explains()) __attribute__
        ((musttail)) return real()->dlmopen(space, file, mode);
    void *handle = real()->dlmopen(space, file, mode);
    if (handle == NULL && (mode & RTLD_NOLOAD) == 0)
        explain("dlmopen", file, RULE_MMAP, HELP_PRELOAD);
    return handle;
}

EXPORT void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset) {
    void *memory = real()->mmap(address, size, protection, flags, fd, offset);
    if (memory == MAP_FAILED && errno == EPERM && is_sealed())
        explain((protection & PROT_EXEC) != 0 ? "mmap with PROT_EXEC" : "mmap", NULL, RULE_MMAP, HELP_NONE);
    return memory;
}

EXPORT void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));

EXPORT int mprotect(void *address, size_t size, int protection) {
    int status = real()->mprotect(address, size, protection);
    if (status != 0 && errno == EPERM && is_sealed())
        explain((protection & PROT_EXEC) != 0 ? "mprotect with PROT_EXEC" : "mprotect", NULL, RULE_MPROTECT,
                HELP_NONE);
    return status;
}

EXPORT iconv_t iconv_open(const char *to, const char *from) {
    iconv_t converter = real()->iconv_open(to, from);
    if (converter == (iconv_t)-1 && is_sealed() && explains())
        explain("iconv_open", to, RULE_MMAP,
                "--preload loads the gconv module of the character set before the seal");
    return converter;
}

EXPORT int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **result) {
    int status = real()->getaddrinfo(node, service, hints, result);
    if (status != 0 && is_sealed() && explains())
        explain("getaddrinfo", node, RULE_MMAP, HELP_NAMES);
    return status;
}

EXPORT struct passwd *getpwnam(const char *name) {
    struct passwd *entry = real()->getpwnam(name);
    if (entry == NULL && is_sealed() && explains())
        explain("getpwnam", name, RULE_MMAP, HELP_NAMES);
    return entry;
}

EXPORT struct passwd *getpwuid(uid_t user) {
    struct passwd *entry = real()->getpwuid(user);
    if (entry == NULL && is_sealed() && explains())
        explain("getpwuid", NULL, RULE_MMAP, HELP_NAMES);
    return entry;
}

EXPORT struct group *getgrnam(const char *name) {
    struct group *entry = real()->getgrnam(name);
    if (entry == NULL && is_sealed() && explains())
        explain("getgrnam", name, RULE_MMAP, HELP_NAMES);
    return entry;
}
