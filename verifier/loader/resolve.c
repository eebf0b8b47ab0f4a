// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The DT_NEEDED closure, found as ld.so finds it (ld.so(8)): DT_RPATH of the object and of those that needed
// it (where there is no DT_RUNPATH), LD_LIBRARY_PATH, DT_RUNPATH, the folders of /etc/ld.so.conf, the default
// folders. The found files are then all named in LD_PRELOAD, so that ld.so itself searches nothing, and a
// RUNPATH has no effect on it (A55).
#include "copy.h"
#include "die.h"
#include "process.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_FOLDERS_MAX = 256, CONFIG_DEPTH_MAX = 8 };

static const char *const default_folder[] = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib",
                                             "/usr/lib"};

static char *config_folder[CONFIG_FOLDERS_MAX];
static size_t config_folder_count;

static void read_config(const char *path, int depth);

static void read_included(const char *pattern, int depth) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++)
            read_config(found.gl_pathv[i], depth + 1);
        globfree(&found);
    }
}

// ldconfig(8)'s configuration: one folder a line, and "include PATTERN".
static void read_config(const char *path, int depth) {
    FILE *file = depth < CONFIG_DEPTH_MAX ? fopen(path, "re") : NULL;
    if (file == NULL)
        return;
    char *line = NULL;
    size_t capacity = 0;
    while (getline(&line, &capacity, file) > 0) {
        line[strcspn(line, "#\n")] = '\0';
        char *word = line + strspn(line, " \t");
        if (strncmp(word, "include", 7) == 0 && (word[7] == ' ' || word[7] == '\t')) {
            char *pattern = word + 7 + strspn(word + 7, " \t");
            pattern[strcspn(pattern, " \t")] = '\0';
            char *absolute = pattern[0] == '/' ? copy_string(pattern) : format_string("/etc/%s", pattern);
            read_included(absolute, depth);
            free(absolute);
        } else if (word[0] == '/' && config_folder_count < CONFIG_FOLDERS_MAX) {
            word[strcspn(word, " \t=")] = '\0';
            config_folder[config_folder_count++] = copy_string(word);
        }
    }
    free(line);
    fclose(file);
}

// Replaces ld.so's dynamic string tokens. Returns NULL for a token that it does not know; ld.so then leaves
// the folder out, too. The caller frees the result.
static char *expand_tokens(const char *folder, const char *origin) {
    static const struct {
        const char *token;
        const char *value; // NULL: the folder of the object
    } known[] = {{"${ORIGIN}", NULL},
                 {"$ORIGIN", NULL},
                 {"${LIB}", "lib/x86_64-linux-gnu"},
                 {"$LIB", "lib/x86_64-linux-gnu"},
                 {"${PLATFORM}", "x86_64"},
                 {"$PLATFORM", "x86_64"}};
    char *result = copy_string(folder);
    for (char *dollar = strchr(result, '$'); dollar != NULL; dollar = strchr(result, '$')) {
        size_t i = 0;
        while (i < sizeof(known) / sizeof(known[0]) &&
               strncmp(dollar, known[i].token, strlen(known[i].token)) != 0)
            i++;
        if (i == sizeof(known) / sizeof(known[0]) || strlen(result) > PATH_MAX) {
            free(result);
            return NULL;
        }
        *dollar = '\0';
        const char *value = known[i].value != NULL ? known[i].value : origin;
        char *next = format_string("%s%s%s", result, value, dollar + strlen(known[i].token));
        free(result);
        result = next;
    }
    return result;
}

static bool is_x86_64_elf(int file) {
    unsigned char ident[20];
    return pread(file, ident, sizeof(ident), 0) == (ssize_t)sizeof(ident) &&
           memcmp(ident, ELFMAG, SELFMAG) == 0 && ident[EI_CLASS] == ELFCLASS64 && ident[18] == EM_X86_64 &&
           ident[19] == 0;
}

// Opens folder/name. A file for another machine is passed over, as ld.so does.
static int try_folder(const char *folder, const char *name) {
    char *path = format_string("%s/%s", folder, name);
    int file = open_regular(path);
    free(path);
    if (file >= 0 && !is_x86_64_elf(file)) {
        close(file);
        return -1;
    }
    return file;
}

// Searches a list of folders, separated by one of `separators`, in which an empty one is the current folder.
static int try_list(const char *list, const char *separators, const char *origin, const char *name) {
    char *copy = copy_string(list);
    int file = -1;
    for (char *rest = copy; rest != NULL && file < 0;) {
        char *folder = strsep(&rest, separators);
        char *expanded = expand_tokens(folder[0] == '\0' ? "." : folder, origin);
        if (expanded != NULL)
            file = try_folder(expanded, name);
        free(expanded);
    }
    free(copy);
    return file;
}

static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL || slash == path ? copy_string("/")
                                          : format_string("%.*s", (int)(slash - path), path);
}

static int try_tag(const struct object *object, int64_t tag, const char *name) {
    const char *list = mpk_elf_dynamic_string(object->elf, tag, 0);
    if (list == NULL)
        return -1;
    char *origin = folder_of(object->path);
    int file = try_list(list, ":", origin, name);
    free(origin);
    return file;
}

static bool has_runpath(const struct object *object) {
    return mpk_elf_dynamic_string(object->elf, DT_RUNPATH, 0) != NULL;
}

static int try_rpaths(const struct process *process, size_t asking, const char *name) {
    if (has_runpath(&process->object[asking]))
        return -1;
    int file = -1;
    for (size_t i = asking;; i = process->object[i].needed_by) {
        if (!has_runpath(&process->object[i]))
            file = try_tag(&process->object[i], DT_RPATH, name);
        if (file >= 0 || i == PROCESS_MAIN)
            return file;
    }
}

static int search(const struct process *process, size_t asking, const char *name) {
    const struct object *object = &process->object[asking];
    int file = try_rpaths(process, asking, name);
    if (file < 0 && process->library_path != NULL && process->library_path[0] != '\0') {
        char *origin = folder_of(process->object[PROCESS_MAIN].path);
        file = try_list(process->library_path, ":;", origin, name);
        free(origin);
    }
    if (file < 0)
        file = try_tag(object, DT_RUNPATH, name);
    for (size_t i = 0; file < 0 && i < config_folder_count; i++)
        file = try_folder(config_folder[i], name);
    for (size_t i = 0; file < 0 && i < sizeof(default_folder) / sizeof(default_folder[0]); i++)
        file = try_folder(default_folder[i], name);
    return file;
}

static const char *soname(const struct object *object) {
    return mpk_elf_dynamic_string(object->elf, DT_SONAME, 0);
}

static bool is_known(const struct process *process, const char *name) {
    for (size_t i = PROCESS_MAIN + 1; i < process->count; i++) {
        const char *known = soname(&process->object[i]);
        if (known != NULL && strcmp(known, name) == 0)
            return true;
    }
    return strcmp(name, "ld-linux-x86-64.so.2") == 0;
}

// ld.so takes a file that is already loaded for a DT_NEEDED only if its DT_SONAME is that very string.
static void check_soname(const struct object *object, const struct object *asking) {
    const char *own = soname(object);
    if (own != NULL && strcmp(own, object->name) == 0)
        return;
    char *hint = format_string("link the library with -Wl,-soname,%s, and what uses it again", object->name);
    die(MPK_RUN_REFUSED, hint, "%s needs %s, but the file found for it, %s, has %s%s", asking->path,
        object->name, object->path, own != NULL ? "the DT_SONAME " : "no DT_SONAME", own != NULL ? own : "");
}

// ld.so would take main for the library wherever that is needed (A55).
static void check_name_of_main(const struct process *process) {
    const struct object *main_object = &process->object[PROCESS_MAIN];
    const char *name = soname(main_object);
    if (name != NULL && is_known(process, name))
        die(MPK_RUN_REFUSED, "link the program without -Wl,-soname",
            "%s has the DT_SONAME %s, which is that of a library it is loaded with", main_object->path, name);
}

// A client's own libc would be the first code to run, before the seal (A55).
static void check_c_library(const struct object *object) {
    static const char *const part[] = {"libc.so.6",  "libpthread.so.0", "libm.so.6",   "libdl.so.2",
                                       "librt.so.1", "libresolv.so.2",  "libutil.so.1"};
    const char *own = soname(object);
    for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
        if (object->kind == MPKGATE_OBJECT_CLIENT &&
            (strcmp(object->name, part[i]) == 0 || (own != NULL && strcmp(own, part[i]) == 0)))
            die(MPK_RUN_REFUSED,
                "remove the folder from RPATH, RUNPATH or LD_LIBRARY_PATH, or the --preload: the C library "
                "must be the "
                "distribution's, owned by root and writable by nobody else",
                "%s is found at %s, not in the distribution's folders", part[i], object->path);
    }
}

static const char *kind_name(const struct object *object) {
    return object->kind == MPKGATE_OBJECT_SYSTEM ? "system library" : "client object";
}

static size_t add_library(struct process *process, const char *name, int file, size_t asking) {
    char *path = real_path(file, name);
    bool is_system = mpk_is_system_library(file);
    if (is_system && strpbrk(path, ": ") != NULL)
        die(MPK_RUN_REFUSED, NULL, "%s: LD_PRELOAD cannot name a path with a colon or a space", path);
    size_t index = process_add(process, is_system ? MPKGATE_OBJECT_SYSTEM : MPKGATE_OBJECT_CLIENT, name, path,
                               file, asking);
    free(path);
    check_c_library(&process->object[index]);
    return index;
}

static bool is_same_file(int a, int b) {
    struct stat first, second;
    return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static void add_needed(struct process *process, size_t asking, const char *name) {
    const struct object *by = &process->object[asking];
    if (strpbrk(name, "$: ") != NULL)
        die(MPK_RUN_REFUSED, "link with -l and -L, so that DT_NEEDED holds a plain file name",
            "%s needs \"%s\", a name that mpk-run cannot hand to ld.so", by->path, name);
    int file = strchr(name, '/') != NULL ? open_regular(name) : search(process, asking, name);
    if (file < 0)
        die(MPK_RUN_REFUSED, "install it, or name its folder in LD_LIBRARY_PATH", "%s needs %s: not found",
            by->path, name);
    size_t index = add_library(process, name, file, asking);
    check_soname(&process->object[index], by);
    verbose("%s needs %s: %s (%s)", by->path, name, process->object[index].path,
            kind_name(&process->object[index]));
}

// A library that the program would load later, when the seal forbids it (A28; the compatibility library needs
// libgcc_s, so that it is always there). ld.so then takes it for a dlopen of its DT_SONAME, and if it is a
// system library also of its path.
static void add_preload(struct process *process, const char *name) {
    int file = strchr(name, '/') != NULL ? open_regular(name) : search(process, PROCESS_MAIN, name);
    if (file < 0)
        die_errno(MPK_RUN_FAILED, "give a path, or the name of a library in the distribution's folders",
                  "--preload %s", name);
    for (size_t i = 0; i < process->count; i++) {
        if (is_same_file(file, process->object[i].file)) {
            close(file);
            return;
        }
    }
    size_t index = add_library(process, name, file, PROCESS_MAIN);
    struct object *object = &process->object[index];
    const char *own = soname(object);
    for (size_t i = PROCESS_MAIN + 1; own != NULL && i < index; i++) {
        const char *other = soname(&process->object[i]);
        if (other != NULL && strcmp(own, other) == 0)
            die(MPK_RUN_FAILED, "name one of the two", "--preload %s: it and %s have the same DT_SONAME, %s",
                name, process->object[i].path, own);
    }
    verbose("--preload %s: %s (%s)", name, object->path, kind_name(object));
}

static void add_ld_so(struct process *process) {
    int file = open_regular(MPK_LD_SO);
    if (file < 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot open %s", MPK_LD_SO);
    char *path = real_path(file, MPK_LD_SO);
    if (!mpk_is_system_library(file))
        die(MPK_RUN_FAILED, "it and all folders on its path must be root's and writable by nobody else",
            "%s is no file of the distribution", path);
    process_add(process, MPKGATE_OBJECT_LD_SO, MPK_LD_SO, path, file, PROCESS_MAIN);
    free(path);
}

// ld.so loads what this file names into every process, and the seal would find code that nobody verified.
static void refuse_preload_file(void) {
    static const char path[] = "/etc/ld.so.preload";
    FILE *file = fopen(path, "re");
    char word[256];
    if (file == NULL)
        return;
    if (fscanf(file, "%255s", word) == 1)
        die(MPK_RUN_FAILED, "remove the entry: ld.so would load it into the sealed process", "%s names %s",
            path, word);
    fclose(file);
}

void resolve_closure(struct process *process, const char *const *preload, size_t preload_count) {
    refuse_preload_file();
    read_config("/etc/ld.so.conf", 0);
    for (size_t i = 0; i < preload_count; i++)
        add_preload(process, preload[i]);
    for (size_t i = 0; i < process->count; i++) { // the queue of the breadth-first search grows behind i
        const char *name;
        for (size_t n = 0; (name = mpk_elf_dynamic_string(process->object[i].elf, DT_NEEDED, n)) != NULL;
             n++) {
            if (!is_known(process, name))
                add_needed(process, i, name);
        }
    }
    check_name_of_main(process);
    add_ld_so(process);
}
