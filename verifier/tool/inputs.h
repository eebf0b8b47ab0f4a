// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is to be checked: files, the files in folders, and the files that lists name.

#ifndef MPKGATE_INPUTS_H
#define MPKGATE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

struct input {
    char *path;
    bool in_folder; // found in a folder, not named: it is left out if it is no ELF file
    char *failure;  // why it could not even be looked at, a full clause; NULL if it can be tried
};

struct inputs {
    struct input *items;
    size_t count;
    size_t capacity;
    size_t links;   // symbolic links in folders: not followed, what they name is elsewhere
    size_t special; // devices, FIFOs and sockets in folders
};

// Adds a file, or the files in a folder and its folders, in the order of their names. What cannot be read
// becomes an input with a failure. A link that is named is followed.
void inputs_add(struct inputs *inputs, const char *path);

// Adds every path of a list, one a line, or ended by NUL bytes. list is a file's name; "-" is standard input.
// Empty lines are left out; nothing else is special, not even '@'.
void inputs_add_list(struct inputs *inputs, const char *list, bool nul);

void inputs_free(struct inputs *inputs);

#endif
