// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files: opening what is to be loaded, copying it out of reach, and what a mapping of it is called.
#ifndef MPKGATE_LOADER_COPY_H
#define MPKGATE_LOADER_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Opens path for reading if it is a regular file. Returns -1 with errno set (EISDIR, EACCES, ...) otherwise.
int open_regular(const char *path);

// The real path of an open file, as the kernel tells it. The caller frees it. Dies if there is none.
char *real_path(int file, const char *name);

// A memfd with the bytes of file (a regular file of any size) that nobody can change any more (A53). name is
// what /proc/self/maps shows. Dies on failure.
int sealed_copy(int file, const char *name, bool close_on_exec);

// The same in two steps: a memfd that is passed on to the program, and its size bytes, zeros, to be written;
// then seal_copy() takes these away. Both die on failure.
unsigned char *new_copy(size_t size, const char *name, int *copy);
void seal_copy(int copy, unsigned char *bytes, size_t size, const char *name);

// What follows the last slash; points into path.
const char *base_name(const char *path);

// Device and inode of file as /proc/self/maps shows them for a mapping of it: on overlay and stacked file
// systems that is not what fstat says. Dies on failure.
void mapping_identity(int file, const char *name, uint32_t *device_major, uint32_t *device_minor,
                      uint64_t *inode);

#endif
