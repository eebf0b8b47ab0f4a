// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// How fast the scanner is, against reading alone and against other ways to look. One thread; each round runs
// every kernel once, so that what else the machine does hits all of them. Times are the thread's own CPU
// time.
//
//   bench-scan resident CORPUS ROUNDS   CORPUS is a file, which is read into huge pages first
//   bench-scan files ROUNDS             lines "PATH OFFSET SIZE ..." on standard input: the executable parts
//   of
//                                       one file, which each kernel maps afresh
//
// Prints "NAME RESULT SECONDS..." lines, one SECONDS a round. run.py makes ratios of them.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kernels.h"
#include "scan.h"

#define ROUNDS_MAX 101
#define HUGE_PAGE ((size_t)2 << 20)
#define SLICE ((size_t)16 << 20)

static const struct kernel kernels[] = {
    {"sum-avx512", sum_avx512, false, true},      {"sum-avx512-ahead", sum_avx512_ahead, false, true},
    {"sum-avx2", sum_avx2, false, true},          {"sum-avx2-ahead", sum_avx2_ahead, false, true},
    {"scan-avx512", scan_avx512, true, true},     {"scan-avx2", scan_avx2, true, true},
    {"scan-portable", scan_portable, true, true}, {"memchr", memchr_loop, false, false},
    {"hyperscan", hyperscan, true, false},
};
#define KERNELS (sizeof(kernels) / sizeof(kernels[0]))

static double seconds[KERNELS][ROUNDS_MAX];
static uint64_t result[KERNELS];

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench-scan: %s\n", what);
    exit(2);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool can_run(const struct kernel *kernel) {
    struct mpk_scan scan;
    mpk_scan_begin(&scan, NULL, NULL);
    if (strstr(kernel->name, "avx512") != NULL)
        return mpk_scan_use(&scan, MPK_SCAN_AVX512);
    if (strstr(kernel->name, "avx2") != NULL)
        return mpk_scan_use(&scan, MPK_SCAN_AVX2);
    return kernel->run != hyperscan || hyperscan_prepare();
}

static void print_results(const bool *runs, unsigned rounds) {
    for (size_t k = 0; k < KERNELS; k++) {
        if (!runs[k])
            continue;
        printf("%s %ju", kernels[k].name, (uintmax_t)(kernels[k].counts_hits ? result[k] : 0));
        for (unsigned r = 0; r < rounds; r++)
            printf(" %.6f", seconds[k][r]);
        printf("\n");
    }
}

// Reads the file into memory that the kernel was asked to back with huge pages.
static unsigned char *read_resident(const char *path, size_t *size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    if (end <= 0)
        fail("the corpus cannot be read");
    *size = (size_t)end;
    size_t room = (*size / HUGE_PAGE + 2) * HUGE_PAGE;
    unsigned char *map = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        fail("no memory for the corpus");
    unsigned char *bytes = map + (HUGE_PAGE - (uintptr_t)map % HUGE_PAGE);
    madvise(bytes, room - HUGE_PAGE, MADV_HUGEPAGE);
    for (size_t at = 0; at < *size;) {
        ssize_t got = pread(fd, bytes + at, *size - at, (off_t)at);
        if (got <= 0)
            fail("the corpus cannot be read");
        at += (size_t)got;
    }
    close(fd);
    return bytes;
}

// Slice by slice, each kernel at another place, so that what else the machine does meanwhile hits all kernels
// alike, and none finds in a cache what another has just read.
static void measure_resident(const char *path, const bool *runs, unsigned rounds) {
    size_t size;
    const unsigned char *bytes = read_resident(path, &size);
    size_t slices = size / SLICE;
    if (slices < 2 * KERNELS)
        fail("the corpus is too small");
    for (unsigned r = 0; r < rounds; r++) {
        memset(result, 0, sizeof(result));
        for (size_t step = 0; step < slices; step++) {
            for (size_t k = 0; k < KERNELS; k++) {
                if (!runs[k])
                    continue;
                size_t slice = (step + k * (slices / KERNELS)) % slices;
                double start = now();
                result[k] += kernels[k].run(bytes + slice * SLICE, SLICE);
                seconds[k][r] += now() - start;
            }
        }
    }
    printf("bytes %zu\n", slices * SLICE);
}

#define PARTS_MAX 64

struct object {
    char *path;
    size_t parts;
    struct {
        size_t offset; // a multiple of the page size
        size_t size;
    } part[PARTS_MAX];
};

static size_t read_objects(struct object **objects) {
    size_t count = 0;
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        *objects = realloc(*objects, (count + 1) * sizeof(**objects));
        if (*objects == NULL)
            fail("out of memory");
        struct object *object = &(*objects)[count++];
        *object = (struct object){.path = strdup(strtok(line, "\t\n"))};
        char *word;
        while (object->parts < PARTS_MAX && (word = strtok(NULL, "\t\n")) != NULL) {
            object->part[object->parts].offset = strtoull(word, &word, 10);
            object->part[object->parts++].size = strtoull(word, NULL, 10);
        }
    }
    free(line);
    return count;
}

static uint64_t run_on_object(const struct object *object, kernel_function run) {
    uint64_t sum = 0;
    int fd = open(object->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail("a file of the list cannot be opened");
    for (size_t i = 0; i < object->parts; i++) {
        size_t size = object->part[i].size;
        void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, (off_t)object->part[i].offset);
        if (map == MAP_FAILED)
            fail("a file of the list cannot be mapped");
        sum += run(map, size);
        munmap(map, size);
    }
    close(fd);
    return sum;
}

static void measure_files(const bool *runs, unsigned rounds) {
    struct object *objects = NULL;
    size_t count = read_objects(&objects), size = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t part = 0; part < objects[i].parts; part++)
            size += objects[i].part[part].size;
    }
    printf("bytes %zu\n", size);
    for (unsigned r = 0; r < rounds; r++) {
        memset(result, 0, sizeof(result));
        // File by file, so that all kernels see the page cache in the same state.
        for (size_t i = 0; i < count; i++) {
            for (size_t n = 0; n < KERNELS; n++) {
                size_t k = (n + i) % KERNELS; // and none is always the first
                if (!runs[k])
                    continue;
                double start = now();
                result[k] += run_on_object(&objects[i], kernels[k].run);
                seconds[k][r] += now() - start;
            }
        }
    }
}

int main(int argc, char **argv) {
    bool resident = argc == 4 && strcmp(argv[1], "resident") == 0;
    bool files = argc == 3 && strcmp(argv[1], "files") == 0;
    unsigned rounds = resident || files ? (unsigned)strtoul(argv[argc - 1], NULL, 10) : 0;
    if (rounds == 0 || rounds > ROUNDS_MAX)
        fail("usage: bench-scan resident CORPUS ROUNDS | files ROUNDS < LIST");
    bool runs[KERNELS];
    for (size_t k = 0; k < KERNELS; k++)
        runs[k] = can_run(&kernels[k]) && (resident || kernels[k].in_files);
    if (resident)
        measure_resident(argv[2], runs, rounds);
    else
        measure_files(runs, rounds);
    print_results(runs, rounds);
    return 0;
}
