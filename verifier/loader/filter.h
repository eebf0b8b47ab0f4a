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

struct filter_policy {
    pid_t process;       // the pid that the program will have
    bool allow_truncate; // Landlock can restrict truncate(2)
    bool allow_fork;     // --allow-fork
    bool allow_signals;  // to every process: Landlock restricts them to the program and its children
};

// Dies on failure. Not thread-safe.
struct filter filter_build(const struct filter_policy *wanted);

// Prints the same program on stdout in libseccomp's readable form (mpk-run --dump-filter).
void filter_print(const struct filter_policy *wanted);

#endif
