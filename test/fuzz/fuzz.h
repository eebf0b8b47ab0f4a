// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What all fuzz targets share: the function that libFuzzer calls, which afl-main.c and elf_test call as well.

#ifndef MPKGATE_FUZZ_H
#define MPKGATE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// One target's work over size bytes of input. Returns 0. A broken property aborts.
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

// A property of the code under test; unlike assert it is never compiled out.
#define FUZZ_CHECK(condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: broken property: %s\n", __FILE__, __LINE__, #condition);                 \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

// A file of these bytes, for functions that take a descriptor; to be closed.
static inline int fuzz_file(const uint8_t *bytes, size_t size) {
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(write(fd, bytes, size) == (ssize_t)size);
    return fd;
}

#endif
