// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The files that the process will consist of.
#ifndef MPKGATE_LOADER_PROCESS_H
#define MPKGATE_LOADER_PROCESS_H

#include "mpk-elf.h"
#include "plan.h"

#include <stddef.h>
#include <stdint.h>

struct object {
    enum mpkgate_object_kind kind;
    char *name; // what DT_NEEDED asked for; of main: what the user typed
    char *path; // real path of the file, for $ORIGIN, LD_PRELOAD and messages
    int file;   // the file itself, open for reading
    int copy;   // sealed memfd of it (main, client objects, runtime, what was rewritten), or -1
    struct mpk_elf *elf;
    uint32_t device_major; // as in /proc/self/maps
    uint32_t device_minor;
    uint64_t inode;
    size_t needed_by; // index of the first object that needs it; of main: 0
};

// Index 0 is main, then the compatibility library and the runtime, then the rest of the closure in ld.so's
// breadth-first order, ld.so last.
enum { PROCESS_MAIN = 0, PROCESS_COMPAT = 1, PROCESS_RUNTIME = 2 };
struct process {
    struct object object[MPKGATE_PLAN_OBJECTS_MAX];
    size_t count;
    const char *library_path; // the caller's LD_LIBRARY_PATH, or NULL
};

// Adds a file and reads it. Client objects, main and the runtime are copied into a sealed memfd first, and
// the copy is what is read (A53). name and path are copied; file becomes the process's. Dies if the file
// cannot be read or is not an ELF file. Returns its index.
size_t process_add(struct process *process, enum mpkgate_object_kind kind, const char *name, const char *path,
                   int file, size_t needed_by);

// Whether the object is judged as hostile: main, client libraries and the compatibility library.
bool object_is_client(const struct object *object);

// Adds the libraries to preload (paths or names), resolves DT_NEEDED of everything in process, as
// ld.so would do it, and adds what is missing; then ld.so. Dies if something is not found.
void resolve_closure(struct process *process, const char *const *preload, size_t preload_count);

// How the files are judged.
struct judging {
    bool clients;     // false (test build): not the client objects
    bool any_runtime; // true (test build): not the runtime
    bool rewrites;    // files of the distribution that hold patterns run from rewritten copies
};

// Judges every object; prints all findings on stderr, and dies if there are any.
void judge_process(struct process *process, const struct judging *judging);

// Judges a vault image by its own rules, on the ELF file elf of that path; prints the findings and dies if
// there are any. The image is trusted, but a wrong one must end in a message here, not in a crash of the
// seal.
void judge_vault(const struct mpk_elf *elf, const char *path);

#endif
