// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the program may inherit: standard input, output and error, if they are harmless, and what the seal
// needs.
#ifndef MPKGATE_LOADER_DESCRIPTORS_H
#define MPKGATE_LOADER_DESCRIPTORS_H

#include "keys.h"

#include <stddef.h>
#include <sys/stat.h>

// Opens /dev/null for each of 0, 1, 2 that is closed, so that no file of ours gets such a number. To be
// called first of all.
void descriptors_fill_standard(void);

// The number of a descriptor other than 0, 1, 2, as the user writes it; -1: not one.
int descriptor_number(const char *text);

// Which of 0, 1, 2 is the file of `status`, or -1.
int descriptor_standard(const struct stat *status);

// Dies if one of 0, 1, 2 is a key file, a directory, a file of procfs, a disk, or an anonymous inode (A11,
// A14, A52): Landlock does not restrict what is open already.
void descriptors_check_standard(const struct keys *keys);

// Closes everything above 2 but keep[0..count), which is sorted here.
void descriptors_keep(int *keep, size_t count);

#endif
