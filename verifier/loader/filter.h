// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The seccomp program of the sealed process, made from filter-table.def with libseccomp.
#ifndef MPKGATE_LOADER_FILTER_H
#define MPKGATE_LOADER_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct filter {
    struct sock_filter *program; // owned by whoever called filter_build
    size_t count;                // instructions
};

// process: the pid that the program will have, the only one that it may signal. truncate_allowed: whether
// Landlock can restrict truncate(2). Dies on failure. Not thread-safe.
struct filter filter_build(pid_t process, bool truncate_allowed);

// Prints the same program on stdout in libseccomp's readable form (mpk-run --dump-filter).
void filter_print(pid_t process, bool truncate_allowed);

#endif
