// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's heap hands out zeroed, disjoint memory, gives nothing of what was freed, is whole again when
// all is freed, and ends the process at the first corrupt header.
#include "heap.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "support.h"

#define SIZE 0x100000

static unsigned char *memory;

static int setup(void **state) {
    (void)state;
    memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    heap_init(memory, SIZE);
    return 0;
}

// The largest single allocation that fits, in bytes: all but the headers if nothing is lost or in pieces.
static size_t largest(void) {
    size_t low = 0;
    size_t high = SIZE;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        void *allocation = heap_calloc(1, middle);
        heap_free(allocation);
        *(allocation != NULL ? &low : &high) = middle;
    }
    return low;
}

static void memory_is_zeroed_and_aligned(void **state) {
    static const unsigned char zero[3000];
    (void)state;
    for (size_t size = 0; size < sizeof(zero); size += 37) {
        unsigned char *allocation = heap_calloc(1, size);
        assert_non_null(allocation);
        assert_int_equal((uintptr_t)allocation % 16, 0);
        assert_memory_equal(allocation, zero, size);
        memset(allocation, 0xaa, size);
        heap_free(allocation);
    }
}

static void freed_memory_holds_nothing(void **state) {
    static const char secret[] = "a private key, for instance";
    (void)state;
    char *allocation = heap_calloc(1, 100);
    memcpy(allocation + 50, secret, sizeof(secret));
    assert_non_null(memmem(memory, SIZE, secret, sizeof(secret)));
    heap_free(allocation);
    assert_null(memmem(memory, SIZE, secret, sizeof(secret)));
}

// Random allocations and frees, each filled with its own byte and looked at again before it is freed.
static void *exercise(void *seed_of_thread) {
    enum { LIVE = 64 };
    unsigned char *live[LIVE] = {NULL};
    size_t sizes[LIVE] = {0};
    unsigned int seed = *(unsigned int *)seed_of_thread;
    const size_t own = (size_t)seed * LIVE; // each thread its own bytes
    for (int i = 0; i < 20000 + LIVE; i++) {
        size_t at = i < 20000 ? (size_t)rand_r(&seed) % LIVE : (size_t)i - 20000;
        for (size_t j = 0; j < sizes[at]; j++) {
            if (live[at][j] != (unsigned char)(at + own)) {
                abort();
            }
        }
        heap_free(live[at]);
        sizes[at] = (size_t)rand_r(&seed) % ((rand_r(&seed) % 8) == 0 ? 8000 : 200);
        live[at] = i < 20000 ? heap_calloc(1, sizes[at]) : NULL;
        if (live[at] == NULL) {
            sizes[at] = 0;
        }
        for (size_t j = 0; j < sizes[at]; j++) {
            if (live[at][j] != 0) {
                abort();
            }
            live[at][j] = (unsigned char)(at + own);
        }
    }
    return NULL;
}

static void all_memory_comes_back(void **state) {
    (void)state;
    size_t whole = largest();
    assert_in_range(whole, SIZE - 64, SIZE - 32);
    unsigned int seed = 1;
    exercise(&seed);
    assert_int_equal(largest(), whole);
}

// Freed chunks of all small sizes, more than are set aside of each, are no loss for a large one.
static void small_pieces_become_one(void **state) {
    enum { PIECES = 20 };
    (void)state;
    size_t whole = largest();
    for (size_t size = 16; size <= 2400; size += 16) {
        void *pieces[PIECES];
        for (size_t i = 0; i < PIECES; i++) {
            pieces[i] = heap_calloc(1, size);
            assert_non_null(pieces[i]);
            memset(pieces[i], 0xaa, size);
        }
        for (size_t i = 0; i < PIECES; i++) {
            heap_free(pieces[i]);
        }
    }
    unsigned char *all = heap_calloc(1, whole);
    assert_non_null(all);
    for (size_t i = 0; i < whole; i++) {
        assert_int_equal(all[i], 0);
    }
    heap_free(all);
}

static void threads_do_not_meet(void **state) {
    (void)state;
    pthread_t threads[4];
    unsigned int seeds[4] = {1, 2, 3, 4};
    size_t whole = largest();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, exercise, &seeds[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(largest(), whole);
}

static void impossible_sizes_are_refused(void **state) {
    (void)state;
    assert_null(heap_calloc(1, SIZE));
    assert_null(heap_calloc(1, SIZE_MAX));
    assert_null(heap_calloc(1, SIZE_MAX - 15));
    assert_null(heap_calloc(SIZE_MAX / 2, 3));
    assert_null(heap_calloc(UINT64_C(1) << 33, UINT64_C(1) << 31));
    assert_null(heap_calloc(1, UINT64_C(1) << 36));
}

static void free_twice(void) {
    void *allocation = heap_calloc(1, 10);
    heap_free(allocation);
    heap_free(allocation);
}

static void free_large_twice(void) {
    void *allocation = heap_calloc(1, 10000);
    heap_free(allocation);
    heap_free(allocation);
}

static void free_inside(void) {
    heap_free((char *)heap_calloc(1, 100) + 16);
}

static void free_unaligned(void) {
    heap_free((char *)heap_calloc(1, 100) + 1);
}

static void free_foreign(void) {
    static _Alignas(16) char foreign[64];
    heap_free(foreign + 32);
}

static void overflow(void) {
    char *allocation = heap_calloc(1, 32);
    memset(allocation, 'x', 48);
    heap_free(heap_calloc(1, 32));
    heap_free(allocation);
}

static void overflow_into_used(void) {
    char *allocation = heap_calloc(1, 32);
    char *behind = heap_calloc(1, 32);
    if (behind != allocation + 48) {
        abort();
    }
    memset(allocation, 'x', 48);
    heap_free(allocation);
}

// Into the header of a chunk that was freed and is not merged with its neighbours.
static void overflow_into_freed(void) {
    char *allocation = heap_calloc(1, 32);
    char *behind = heap_calloc(1, 32);
    if (behind != allocation + 48) {
        abort();
    }
    heap_free(behind);
    memset(allocation, 'x', 40);
    (void)heap_calloc(1, 32);
}

static void start_twice(void) {
    heap_init(memory, SIZE);
}

static void corruption_ends_the_process(void **state) {
    (void)state;
    assert_int_equal(end_of_child(free_twice), SIGILL);
    assert_int_equal(end_of_child(free_large_twice), SIGILL);
    assert_int_equal(end_of_child(free_inside), SIGILL);
    assert_int_equal(end_of_child(free_unaligned), SIGILL);
    assert_int_equal(end_of_child(free_foreign), SIGILL);
    assert_int_equal(end_of_child(overflow), SIGILL);
    assert_int_equal(end_of_child(overflow_into_used), SIGILL);
    assert_int_equal(end_of_child(overflow_into_freed), SIGILL);
    assert_int_equal(end_of_child(start_twice), SIGILL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned), cmocka_unit_test(freed_memory_holds_nothing),
        cmocka_unit_test(all_memory_comes_back),        cmocka_unit_test(small_pieces_become_one),
        cmocka_unit_test(threads_do_not_meet),          cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(corruption_ends_the_process),
    };
    return cmocka_run_group_tests_name("heap", tests, setup, NULL);
}
