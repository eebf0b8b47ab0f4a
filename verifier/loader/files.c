// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The Landlock rule set. Landlock only grants, and a grant covers the whole tree below it; so a file is kept
// out by granting, along its path, the siblings instead of the folder (A52).
#include "files.h"

#include "die.h"
#include "landlock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

// A folder with more entries than this is not granted one by one: start-up would take noticeable time.
enum { SIBLINGS_MAX = 4096 };

static const uint64_t file_rights = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |
                                    LANDLOCK_ACCESS_FS_IOCTL_DEV;
static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// No device nodes (A52), nothing executable.
static const uint64_t write_rights =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_WRITE_FILE |
    LANDLOCK_ACCESS_FS_TRUNCATE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REFER;

struct builder {
    int rule_set;
    uint64_t handled; // the rights that this kernel knows
    const struct guards *guards;
};

int landlock_version(void) {
    long version = landlock_create(NULL);
    return version < 0 ? 0 : (int)version;
}

static uint64_t rights_of_version(int version) {
    uint64_t rights = LANDLOCK_ACCESS_FS_REFER - 1; // ABI 1: all bits below
    if (version >= 2)
        rights |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (version >= 5)
        rights |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    return rights;
}

// Whether the guard keeps its file out of a tree with these rights.
static bool applies(const struct guard *guard, uint64_t rights) {
    return guard->kind == GUARD_SECRET || guard->kind == GUARD_KERNEL || rights != read_rights;
}

// The first guard whose file lies in the tree, or NULL.
static const struct guard *guard_within(const struct builder *builder, const char *tree, uint64_t rights) {
    for (size_t i = 0; i < builder->guards->count; i++) {
        const struct guard *guard = &builder->guards->guard[i];
        if (applies(guard, rights) && path_is_within(guard->path, tree))
            return guard;
    }
    return NULL;
}

// Whether path is a guarded file itself, or lies in a guarded file system.
static const struct guard *guard_over(const struct builder *builder, const char *path, uint64_t rights) {
    for (size_t i = 0; i < builder->guards->count; i++) {
        const struct guard *guard = &builder->guards->guard[i];
        if (applies(guard, rights) && path_is_within(path, guard->path))
            return guard;
    }
    return NULL;
}

static bool add_rule(const struct builder *builder, int file, uint64_t rights, bool is_folder) {
    struct landlock_path_beneath_attr rule = {.allowed_access = rights & builder->handled &
                                                                (is_folder ? ~UINT64_C(0) : file_rights),
                                              .parent_fd = file};
    return landlock_add(builder->rule_set, &rule) == 0;
}

static void grant(const struct builder *builder, const char *path, uint64_t rights);

static void grant_siblings(const struct builder *builder, const char *folder, uint64_t rights) {
    DIR *stream = opendir(folder);
    if (stream == NULL) {
        verbose("%s cannot be listed: nothing below it is granted", folder);
        return;
    }
    int count = 0;
    for (struct dirent *entry = readdir(stream); entry != NULL; entry = readdir(stream)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (++count > SIBLINGS_MAX)
            die(MPK_RUN_FAILED,
                "keep the file in a folder of its own, or choose other trees with --ro and --rw",
                "%s, which holds %s, has more than %d entries", folder,
                guard_within(builder, folder, rights)->what, SIBLINGS_MAX);
        char *path = format_string("%s/%s", strcmp(folder, "/") == 0 ? "" : folder, entry->d_name);
        grant(builder, path, rights);
        free(path);
    }
    closedir(stream);
}

// Grants a tree without its guarded files. Symbolic links are passed over: what they point to is granted by
// its own path or not at all.
static void grant(const struct builder *builder, const char *path, uint64_t rights) {
    if (guard_over(builder, path, rights) != NULL)
        return;
    int file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        if (file >= 0)
            close(file);
        return; // gone, or out of the user's reach
    }
    bool is_folder = S_ISDIR(status.st_mode);
    if (is_folder && guard_within(builder, path, rights) != NULL)
        grant_siblings(builder, path, rights);
    else if ((is_folder || S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) &&
             !add_rule(builder, file, rights, is_folder))
        verbose("%s is not granted: %s", path, strerror(errno));
    close(file);
}

static void refuse_grant(const char *option, const char *path, const struct guard *guard) {
    if (guard->kind == GUARD_SECRET)
        die(MPK_RUN_FAILED, "do not grant a key file; the program uses the key through the vault",
            "%s %s: the client could open %s", option, path, guard->what);
    if (guard->kind == GUARD_SYSTEM)
        die(MPK_RUN_FAILED, "grant a smaller tree", "%s %s: the tree contains %s, %s", option, path,
            guard->what, guard->path);
    die(MPK_RUN_FAILED, NULL, "%s %s: %s can never be granted", option, path, guard->what);
}

static const struct guard *system_library_within(const struct builder *builder, const char *tree) {
    for (size_t i = 0; i < builder->guards->count; i++) {
        const struct guard *guard = &builder->guards->guard[i];
        if (guard->kind == GUARD_SYSTEM && path_is_within(guard->path, tree))
            return guard;
    }
    return NULL;
}

static void warn_of_carving(const struct builder *builder, const char *tree) {
    const struct guard *guard = guard_within(builder, tree, write_rights);
    if (guard != NULL && guard->kind == GUARD_SECRET)
        warning(
            "%s contains %s: the program can change the files that are there, but make no new ones in the "
            "folders between the two (keep keys outside of what the program may write)",
            tree, guard->what);
}

static void grant_given(const struct builder *builder, const char *option, const char *given,
                        uint64_t rights) {
    char path[PATH_MAX];
    if (realpath(given, path) == NULL)
        die_errno(MPK_RUN_FAILED, NULL, "%s %s", option, given);
    const struct guard *over = guard_over(builder, path, rights);
    if (over == NULL && rights == write_rights)
        over = system_library_within(builder, path);
    if (over != NULL)
        refuse_grant(option, given, over);
    if (rights == write_rights)
        warn_of_carving(builder, path);
    grant(builder, path, rights);
}

static void grant_write_defaults(const struct builder *builder) {
    char folder[PATH_MAX];
    if (getcwd(folder, sizeof(folder)) != NULL && system_library_within(builder, folder) == NULL) {
        warn_of_carving(builder, folder);
        grant(builder, folder, write_rights);
    }
    grant(builder, "/tmp", write_rights);
}

// Of /dev only what holds no secret. A name in /dev proves nothing: the device number is looked at.
static void grant_devices(const struct builder *builder) {
    static const struct {
        const char *path;
        unsigned major, minor;
    } device[] = {{"/dev/null", 1, 3},
                  {"/dev/zero", 1, 5},
                  {"/dev/random", 1, 8},
                  {"/dev/urandom", 1, 9},
                  {"/dev/tty", 5, 0}};
    for (size_t i = 0; i < sizeof(device) / sizeof(device[0]); i++) {
        int file = open(device[i].path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat status;
        if (file >= 0 && fstat(file, &status) == 0 && S_ISCHR(status.st_mode) &&
            status.st_rdev == makedev(device[i].major, device[i].minor))
            add_rule(builder, file,
                     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                         (device[i].major == 5 ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0),
                     false);
        if (file >= 0)
            close(file);
    }
    int shared = open("/dev/shm", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (shared >= 0) {
        add_rule(builder, shared, write_rights, true);
        close(shared);
    }
}

static int refuse_without_landlock(void) {
    if (getuid() == 0 || geteuid() == 0)
        die(MPK_RUN_FAILED, "enable Landlock (lsm= on the kernel's command line), or run as an ordinary user",
            "this kernel has no Landlock: root could open the process's memory and every key file");
    warning("this kernel has no Landlock: the program may open every file that you may open");
    return -1;
}

int landlock_build(const struct grants *grants, const struct guards *guards) {
    int version = landlock_version();
    if (version == 0)
        return refuse_without_landlock();
    struct builder builder = {.handled = rights_of_version(version), .guards = guards};
    const struct landlock_handled handled = {.files = builder.handled,
                                             .scopes = grants->own_signals ? LANDLOCK_SCOPE_SIGNAL : 0};
    builder.rule_set = (int)landlock_create(&handled);
    if (builder.rule_set < 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot make a Landlock rule set (ABI %d)", version);
    for (size_t i = 0; i < grants->read_count; i++)
        grant_given(&builder, "--ro", grants->read[i], read_rights);
    if (grants->read_count == 0)
        grant(&builder, "/", read_rights);
    for (size_t i = 0; i < grants->write_count; i++) {
        grant_given(&builder, "--rw", grants->write[i], write_rights);
    }
    if (grants->write_count == 0)
        grant_write_defaults(&builder);
    grant_devices(&builder);
    return builder.rule_set;
}

int landlock_build_empty(void) {
    const struct landlock_handled handled = {.files = LANDLOCK_ACCESS_FS_MAKE_CHAR};
    return landlock_version() == 0 ? -1 : (int)landlock_create(&handled);
}
