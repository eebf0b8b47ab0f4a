// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file that takes another's place as a whole or not at all. There is one, so there is one state; not
// thread-safe.

#ifndef MPKGATE_TEMPORARY_H
#define MPKGATE_TEMPORARY_H

// Makes a new file, mode 0600, beside `path`, which it shall replace. It is removed if the process ends, by
// itself or by a signal of the usual kind, before temporary_commit(); a forked child's end is none. Returns a
// descriptor for writing, the caller's; or -1 with errno.
int temporary_open(const char *path);

// Puts the file in its place. Returns 0, or -1 with errno: the old one is as it was. Without
// temporary_open(): 0.
int temporary_commit(void);

#endif
