// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the program may do with files after the seal: Landlock grants, with the guarded files carved out
// (A52).
#ifndef MPKGATE_LOADER_FILES_H
#define MPKGATE_LOADER_FILES_H

#include <stdbool.h>
#include <stddef.h>

enum guard_kind {
    GUARD_SECRET,  // a key: must be neither read nor written
    GUARD_TRUSTED, // a part of MPKGate: must not be written
    GUARD_SYSTEM,  // a system library: a tree that may be written must not contain it
    GUARD_KERNEL,  // a mounted file system that shows kernel or device objects: never granted
};

struct guard {
    enum guard_kind kind;
    char *path; // real path
    char *what; // for messages: "the file of key x"
};

struct guards {
    struct guard *guard;
    size_t count;
};

// Adds a guard; path and what are copied.
void guards_add(struct guards *guards, enum guard_kind kind, const char *path, const char *what);

// Adds what the mount table says: file systems of the kernel's own, and other paths under which a bind mount
// shows a guarded file. To be called once, after all guards_add.
void guards_add_mounts(struct guards *guards);

// Whether path lies in the tree, or is it.
bool path_is_within(const char *path, const char *tree);

// The trees that the user granted; a list that is empty has a default.
struct grants {
    const char *const *read; // default: /
    size_t read_count;
    const char *const *write; // default: the current folder and /tmp
    size_t write_count;
    bool own_signals; // keep signals within the program and its children, for which ABI 6 is needed
};

// The kernel's Landlock ABI version, 0 if it has no Landlock.
int landlock_version(void);

// Makes the rule set. Returns its descriptor (close-on-exec), or -1 on a kernel without Landlock if the user
// is not root. Dies if a tree cannot be granted without a guarded file.
int landlock_build(const struct grants *grants, const struct guards *guards);

// A rule set that restricts nothing that the tests look at (test build).
int landlock_build_empty(void);

// Tries, in a child that is restricted by rule_set (-1: unrestricted), to open every guarded file; dies if
// one opens.
void landlock_prove(int rule_set, const struct guards *guards);

#endif
