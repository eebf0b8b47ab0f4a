// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A process looks for secrets in all of its own memory that it can read, without /proc: it needs neither a
// list of its mappings nor a signal handler.
#ifndef EXAMPLES_MEMORY_SEARCH_H
#define EXAMPLES_MEMORY_SEARCH_H

#include <stddef.h>
#include <stdint.h>

// What is looked for never lies in memory as it is, or it would be found: every byte is kept, and compared,
// with this added to it by exclusive or, in the file too.
#define MEMORY_SEARCH_MASK 0xa5
#define MEMORY_SEARCH_SIZE 16 // bytes of each needle
#define MEMORY_SEARCH_MAX 64  // needles

struct memory_search {
    struct {
        char name[32];
        unsigned char masked[MEMORY_SEARCH_SIZE];
        int found;
    } needle[MEMORY_SEARCH_MAX];
    size_t needles;
    size_t found;   // needles that are somewhere
    uint64_t bytes; // looked at
};

// Reads needles: lines NAME HEX, the hexadecimal digits of MEMORY_SEARCH_SIZE masked bytes.
// Returns 0, or -1 with a message on stderr: no such file, not such lines, none or too many.
int memory_search_load(struct memory_search *search, const char *path);

// Looks at everything from 1 TiB (a sealed process' LIMIT) to the end of user memory. Sets the numbers and
// each needle's `found`. Other threads may go on; what they map or move meanwhile may be missed. Not for two
// threads at once with one `search`. Returns 0, or -1 with errno: no memory, no pipe, or address space is
// limited (RLIMIT_AS).
int memory_search_run(struct memory_search *search);

#endif
