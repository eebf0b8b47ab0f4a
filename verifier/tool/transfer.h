// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// read(2) and write(2) until all is done, for blocking descriptors. Thread-safe: no state.

#ifndef MPKGATE_TRANSFER_H
#define MPKGATE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Reads up to size bytes, fewer only at the end of the file. Returns their number, or -1 with errno.
ssize_t read_all(int file, void *to, size_t size);

// Writes all of size bytes. Returns false with errno otherwise.
bool write_all(int file, const void *from, size_t size);

#endif
