// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See memory_search.h. Where memory is mapped, mmap tells: with MAP_FIXED_NOREPLACE it refuses a range in
// which there is anything at all. What is there is read by the kernel, by way of a pipe, which says EFAULT
// where a load would end the process.
#include "memory_search.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIRST (UINT64_C(1) << 40)
#define END (UINT64_C(1) << 47)
#define CHUNK UINT64_C(65536) // as much as a pipe holds
#define PAGE UINT64_C(4096)
#define OVERLAP (MEMORY_SEARCH_SIZE - 1)

struct reader {
    struct memory_search *search;
    int pipe[2];
    size_t kept; // bytes of the memory just before, at the start of `data`
    unsigned char data[OVERLAP + CHUNK];
};

static int is_at(const unsigned char *data, const unsigned char *masked) {
    for (size_t i = 0; i < MEMORY_SEARCH_SIZE; i++) {
        if ((data[i] ^ MEMORY_SEARCH_MASK) != masked[i])
            return 0;
    }
    return 1;
}

static int is_in(const unsigned char *data, size_t size, const unsigned char *masked) {
    const unsigned char *end = data + size;

    while ((size_t)(end - data) >= MEMORY_SEARCH_SIZE) {
        data = memchr(data, masked[0] ^ MEMORY_SEARCH_MASK, (size_t)(end - data) - OVERLAP);
        if (data == NULL)
            return 0;
        if (is_at(data, masked))
            return 1;
        data++;
    }
    return 0;
}

static void look(struct memory_search *search, const unsigned char *data, size_t size) {
    for (size_t i = 0; i < search->needles; i++) {
        if (!search->needle[i].found && is_in(data, size, search->needle[i].masked)) {
            search->needle[i].found = 1;
            search->found++;
        }
    }
}

// What can be read up to the first fault. A fault leaves an empty buffer in the pipe, and sixteen of them
// fill it: it is read until the kernel says that there is nothing, which takes the empty ones out, too.
static size_t read_memory(struct reader *reader, uint64_t address, size_t size) {
    const void *from = (const void *)(uintptr_t)address;
    size_t got = 0;
    ssize_t part;

    if (write(reader->pipe[1], from, size) < 0 && errno != EFAULT)
        return 0;
    while (got < size && (part = read(reader->pipe[0], reader->data + reader->kept + got, size - got)) > 0)
        got += (size_t)part;
    return got;
}

// What begins in one run of bytes may end in the next.
static void look_at_run(struct reader *reader, size_t got) {
    size_t size = reader->kept + got;

    reader->search->bytes += got;
    look(reader->search, reader->data, size);
    reader->kept = size < OVERLAP ? size : OVERLAP;
    memmove(reader->data, reader->data + size - reader->kept, reader->kept);
}

static void look_at_chunk(struct reader *reader, uint64_t address) {
    uint64_t end = address + CHUNK;

    while (address < end) {
        size_t got = read_memory(reader, address, end - address);

        look_at_run(reader, got);
        if (address + got < end) {
            reader->kept = 0;
            got = (got / PAGE + 1) * PAGE;
        }
        address += got;
    }
}

// 1 or 0, or -1 with errno: the kernel refuses for another reason, RLIMIT_AS for one. Past the last page of
// user memory nothing can be mapped; what is there fails to be read.
static int is_empty(uint64_t address, uint64_t size) {
    void *wanted = (void *)(uintptr_t)address;
    void *place = mmap(wanted, size, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

    if (place == MAP_FAILED)
        return errno == EEXIST || address + size == END ? 0 : -1;
    munmap(place, size);
    return place == wanted;
}

// The range halved until a part is empty, or small enough to be read: 31 levels deep.
static int look_at_range(struct reader *reader, uint64_t address, uint64_t size) {
    uint64_t half = size / 2;
    int empty;

    if (size == CHUNK) {
        look_at_chunk(reader, address);
        return 0;
    }
    empty = is_empty(address, size);
    if (empty < 0)
        return -1;
    if (empty) {
        reader->kept = 0;
        return 0;
    }
    return look_at_range(reader, address, half) != 0 ? -1 : look_at_range(reader, address + half, half);
}

int memory_search_run(struct memory_search *search) {
    struct reader *reader = calloc(1, sizeof *reader);
    int failed = reader == NULL || pipe2(reader->pipe, O_CLOEXEC | O_NONBLOCK) != 0;

    search->found = 0;
    search->bytes = 0;
    for (size_t i = 0; i < search->needles; i++)
        search->needle[i].found = 0;
    if (!failed) {
        reader->search = search;
        for (uint64_t size = FIRST; size < END && !failed; size *= 2)
            failed = look_at_range(reader, size, size) != 0;
        close(reader->pipe[0]);
        close(reader->pipe[1]);
        // A copy of what was read last is not to be found by the next search.
        explicit_bzero(reader, sizeof *reader);
    }
    free(reader);
    return failed ? -1 : 0;
}

static int read_needle(struct memory_search *search, const char *hex) {
    unsigned char *masked = search->needle[search->needles].masked;

    if (strlen(hex) != (size_t)2 * MEMORY_SEARCH_SIZE)
        return -1;
    for (size_t i = 0; i < MEMORY_SEARCH_SIZE; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        char *end;

        masked[i] = (unsigned char)strtoul(digits, &end, 16);
        if (end != digits + 2)
            return -1;
    }
    search->needles++;
    return 0;
}

int memory_search_load(struct memory_search *search, const char *path) {
    FILE *file = fopen(path, "re");
    char hex[2 * MEMORY_SEARCH_SIZE + 2];
    int bad = 0;

    memset(search, 0, sizeof *search);
    if (file == NULL) {
        perror(path);
        return -1;
    }
    while (!bad && search->needles < MEMORY_SEARCH_MAX &&
           fscanf(file, "%31s %33s", search->needle[search->needles].name, hex) == 2)
        bad = read_needle(search, hex) != 0;
    if (bad || search->needles == 0 || !feof(file)) {
        fprintf(stderr, "%s: not lines NAME HEX of %d masked bytes each, at most %d\n", path,
                MEMORY_SEARCH_SIZE, MEMORY_SEARCH_MAX);
        bad = 1;
    }
    fclose(file);
    return bad ? -1 : 0;
}
