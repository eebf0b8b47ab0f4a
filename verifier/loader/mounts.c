// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Guards, and what /proc/self/mountinfo (proc(5)) adds to them.
#include "files.h"

#include "die.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOUNTS_MAX = 4096 };

struct mount {
    long id;
    long parent;  // id of the mount that it is mounted on
    char *device; // "major:minor"
    char *root;   // path in the file system that is mounted
    char *point;  // where
    char *type;
};

void guards_add(struct guards *guards, enum guard_kind kind, const char *path, const char *what) {
    guards->guard = reallocate(guards->guard, (guards->count + 1) * sizeof(*guards->guard));
    guards->guard[guards->count++] =
        (struct guard){.kind = kind, .path = copy_string(path), .what = copy_string(what)};
}

bool path_is_within(const char *path, const char *tree) {
    size_t length = strlen(tree);
    if (strcmp(tree, "/") == 0)
        return path[0] == '/';
    return strncmp(path, tree, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

// The kernel writes blanks and backslashes as \ooo.
static char *unescape(const char *text) {
    char *result = copy_string(text);
    char *to = result;
    for (const char *from = result; *from != '\0'; from++) {
        if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' && from[2] <= '7' &&
            from[3] >= '0' && from[3] <= '7') {
            *to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
            from += 3;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return result;
}

// ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [FIELD]... - TYPE SOURCE OPTIONS
static bool parse_mount(char *line, struct mount *mount) {
    char *field[5];
    char *rest = line;
    for (size_t i = 0; i < 5; i++) {
        field[i] = strsep(&rest, " ");
        if (field[i] == NULL)
            return false;
    }
    char *type = rest != NULL ? strstr(rest, " - ") : NULL;
    if (type == NULL)
        return false;
    type += 3;
    type[strcspn(type, " ")] = '\0';
    *mount = (struct mount){.id = strtol(field[0], NULL, 10),
                            .parent = strtol(field[1], NULL, 10),
                            .device = copy_string(field[2]),
                            .root = unescape(field[3]),
                            .point = unescape(field[4]),
                            .type = copy_string(type)};
    return true;
}

static size_t read_mounts(struct mount *mounts) {
    FILE *file = fopen("/proc/self/mountinfo", "re");
    if (file == NULL)
        die_errno(MPK_RUN_FAILED, "mpk-run needs /proc", "cannot open /proc/self/mountinfo");
    char *line = NULL;
    size_t capacity = 0, count = 0;
    while (getline(&line, &capacity, file) > 0) {
        if (count == MOUNTS_MAX || !parse_mount(line, &mounts[count]))
            die(MPK_RUN_FAILED, NULL, "/proc/self/mountinfo is not understood");
        count++;
    }
    free(line);
    fclose(file);
    return count;
}

static bool is_kernel_file_system(const char *type) {
    static const char *const kernel[] = {"proc",    "sysfs",      "devtmpfs",   "devpts",  "debugfs",
                                         "tracefs", "securityfs", "configfs",   "bpf",     "cgroup",
                                         "cgroup2", "pstore",     "efivarfs",   "fusectl", "selinuxfs",
                                         "smackfs", "nsfs",       "binfmt_misc"};
    for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++) {
        if (strcmp(type, kernel[i]) == 0)
            return true;
    }
    return false;
}

static const char *below(const char *path, const char *tree) {
    return strcmp(tree, "/") == 0 ? path : path + strlen(tree);
}

// Where the file lies in its own file system: the mount that shows path is the last one with the longest
// point.
static const struct mount *mount_of(const struct mount *mounts, size_t count, const char *path) {
    const struct mount *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (path_is_within(path, mounts[i].point) &&
            (best == NULL || strlen(mounts[i].point) >= strlen(best->point)))
            best = &mounts[i];
    }
    return best;
}

// Adds the other paths of `path`, which the mount `own` shows: those of each mount of the same file system.
static void add_aliases_of(struct guards *guards, const struct guard *guard, const char *path,
                           const struct mount *own, const struct mount *mounts, size_t count) {
    const char *root = strcmp(own->root, "/") == 0 ? "" : own->root;
    char *inner = format_string("%s%s", root, below(path, own->point));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(mounts[i].device, own->device) != 0 || !path_is_within(inner, mounts[i].root))
            continue;
        const char *point = strcmp(mounts[i].point, "/") == 0 ? "" : mounts[i].point;
        char *alias = format_string("%s%s", point, below(inner, mounts[i].root));
        if (strcmp(alias, path) != 0)
            guards_add(guards, guard->kind, alias, guard->what);
        free(alias);
    }
    free(inner);
}

static const struct mount *mount_with_id(const struct mount *mounts, size_t count, long id) {
    for (size_t i = 0; i < count; i++) {
        if (mounts[i].id == id)
            return &mounts[i];
    }
    return NULL;
}

// A52: a second mount of the same file system shows the file under another path. The same goes for the folder
// that its mount is mounted on, and so on up to the root: a grant belongs to the folder itself, whatever path
// it was given by, and covers what is mounted below.
static void add_aliases(struct guards *guards, size_t index, const struct mount *mounts, size_t count) {
    const struct guard guard = guards->guard[index];
    const char *path = guard.path;
    const struct mount *own = mount_of(mounts, count, path);
    for (size_t depth = 0; own != NULL && depth < count; depth++) {
        add_aliases_of(guards, &guard, path, own, mounts, count);
        path = own->point;
        own = mount_with_id(mounts, count, own->parent);
    }
}

void guards_add_mounts(struct guards *guards) {
    static const char *const always[] = {"/proc", "/sys", "/dev"};
    struct mount *mounts = allocate(MOUNTS_MAX * sizeof(*mounts));
    size_t count = read_mounts(mounts);
    size_t given = guards->count;
    for (size_t i = 0; i < given; i++)
        add_aliases(guards, i, mounts, count);
    for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
        guards_add(guards, GUARD_KERNEL, always[i], always[i]);
    for (size_t i = 0; i < count; i++) {
        const struct mount *mount = &mounts[i];
        bool is_new = true;
        for (size_t g = given; is_new && g < guards->count; g++)
            is_new =
                guards->guard[g].kind != GUARD_KERNEL || !path_is_within(mount->point, guards->guard[g].path);
        if (is_new && is_kernel_file_system(mount->type))
            guards_add(guards, GUARD_KERNEL, mount->point, mount->type);
    }
    free(mounts);
}
