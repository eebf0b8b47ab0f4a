// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which library a function would have been bound to: told to people, nothing else rests on it. Of the
// object's DT_NEEDED, in the folders where ld.so looks (ld.so(8)) but those of /etc/ld.so.conf, which on this
// distribution are the last ones here.

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind.h"

// A hostile file names the same large library often.
#define NEEDED_MAX 256u

static const char *const folders[] = {"/usr/local/lib",
                                      "/usr/local/lib/x86_64-linux-gnu",
                                      "/lib/x86_64-linux-gnu",
                                      "/usr/lib/x86_64-linux-gnu",
                                      "/lib",
                                      "/usr/lib"};

static struct mpk_elf *open_in(const char *folder, int length, const char *name) {
    char path[PATH_MAX];
    struct mpk_elf_error error;
    if (snprintf(path, sizeof(path), "%.*s/%s", length, folder, name) >= (int)sizeof(path))
        return NULL;
    return access(path, R_OK) == 0 ? mpk_elf_open(path, &error) : NULL;
}

// One folder of a list; $ORIGIN at its start is the object's own folder.
static struct mpk_elf *open_in_item(const char *item, size_t length, const char *origin, const char *name) {
    static const char *const tokens[] = {"$ORIGIN", "${ORIGIN}"};
    char folder[PATH_MAX];
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        size_t size = strlen(tokens[i]);
        if (length < size || strncmp(item, tokens[i], size) != 0)
            continue;
        if (snprintf(folder, sizeof(folder), "%s%.*s", origin, (int)(length - size), item + size) >=
            (int)sizeof(folder))
            return NULL;
        return open_in(folder, (int)strlen(folder), name);
    }
    return length > 0 && length < PATH_MAX ? open_in(item, (int)length, name) : NULL;
}

static struct mpk_elf *open_in_list(const char *list, const char *origin, const char *name) {
    while (list != NULL && *list != '\0') {
        size_t length = strcspn(list, ":;");
        struct mpk_elf *elf = open_in_item(list, length, origin, name);
        if (elf != NULL)
            return elf;
        list += length + (list[length] != '\0');
    }
    return NULL;
}

static struct mpk_elf *open_needed(const struct mpk_elf *asking, const char *name) {
    char origin[PATH_MAX];
    const char *path = mpk_elf_name(asking);
    const char *slash = strrchr(path, '/');
    if (strchr(name, '/') != NULL)
        return open_in_list("", "", name);
    int length = slash != NULL ? (int)(slash - path) : 1;
    if (length >= (int)sizeof(origin))
        return NULL;
    snprintf(origin, sizeof(origin), "%.*s", length, slash != NULL ? path : ".");
    const char *const lists[] = {mpk_elf_dynamic_string(asking, DT_RPATH, 0), getenv("LD_LIBRARY_PATH"),
                                 mpk_elf_dynamic_string(asking, DT_RUNPATH, 0)};
    struct mpk_elf *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof(lists) / sizeof(lists[0]); i++)
        found = open_in_list(lists[i], origin, name);
    for (size_t i = 0; found == NULL && i < sizeof(folders) / sizeof(folders[0]); i++)
        found = open_in(folders[i], (int)strlen(folders[i]), name);
    return found;
}

// What the library has, or NULL if it is not found.
static struct mpk_names *exports_of(const struct mpk_elf *asking, const char *library) {
    struct mpk_elf *elf = open_needed(asking, library);
    struct mpk_names *names = elf != NULL ? mpk_names_new() : NULL;
    if (names != NULL && !mpk_elf_add_exports(elf, names)) {
        mpk_names_free(names);
        names = NULL;
    }
    mpk_elf_close(elf);
    return names;
}

// The client library itself may be needed already.
static void look_in(const struct mpk_elf *asking, const char *library, struct bound *bound, size_t count) {
    struct mpk_names *names = exports_of(asking, library);
    for (size_t i = 0; i < count; i++) {
        bool has =
            strcmp(library, bound[i].to) == 0 || (names != NULL && mpk_names_has(names, bound[i].name));
        if (has && bound[i].from[0] == '\0')
            snprintf(bound[i].from, sizeof(bound[i].from), "%.80s of %.60s", bound[i].name, library);
    }
    mpk_names_free(names);
}

void bind_find_before(const struct mpk_elf *elf, struct bound *bound, size_t count) {
    const char *library;
    for (size_t n = 0; n < NEEDED_MAX && (library = mpk_elf_dynamic_string(elf, DT_NEEDED, n)) != NULL; n++)
        look_in(elf, library, bound, count);
    for (size_t i = 0; i < count; i++) {
        struct bind_version wanted = bind_version_wanted(elf, bound[i].symbol);
        if (bound[i].from[0] == '\0' && wanted.file != NULL)
            snprintf(bound[i].from, sizeof(bound[i].from), "%.80s of %.60s", bound[i].name, wanted.file);
        else if (bound[i].from[0] == '\0')
            snprintf(bound[i].from, sizeof(bound[i].from), "%.80s@plt", bound[i].name);
    }
}
