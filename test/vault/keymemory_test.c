// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Key memory gives disjoint, zeroed pieces as long as there is room, leaves nothing of a key behind, and does
// not believe what it did not give.
#include "keymemory.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

#define SIZE 8192

static _Alignas(16) unsigned char memory[SIZE];

static int start(void **state) {
    (void)state;
    keymemory_init(memory, SIZE);
    return 0;
}

static int is_zero(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return 0;
        }
    }
    return 1;
}

static void pieces_are_disjoint_aligned_and_zero(void **state) {
    (void)state;
    unsigned char *piece[40];
    for (size_t i = 0; i < 40; i++) {
        piece[i] = vault_key_alloc(i + 1);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % 16, 0);
        assert_true(piece[i] >= memory && piece[i] + i + 1 <= memory + SIZE);
        assert_true(is_zero(piece[i], i + 1));
        memset(piece[i], (int)i + 1, i + 1);
    }
    for (size_t i = 0; i < 40; i++) {
        for (size_t j = 0; j <= i; j++) {
            assert_int_equal(piece[i][j], i + 1);
        }
        vault_key_free(piece[i], i + 1);
    }
    assert_true(is_zero(memory, SIZE));
}

// PSA makes keys in larger pieces than they need in the end.
static void the_whole_piece_is_wiped(void **state) {
    (void)state;
    unsigned char *piece = vault_key_alloc(100);
    memset(piece, 0xaa, 100);
    vault_key_free(piece, 10);
    assert_true(is_zero(memory, SIZE));
}

static void the_lowest_gap_that_fits_is_taken(void **state) {
    (void)state;
    unsigned char *a = vault_key_alloc(32);
    unsigned char *b = vault_key_alloc(64);
    unsigned char *c = vault_key_alloc(16);
    vault_key_free(b, 64);
    unsigned char *d = vault_key_alloc(80); // no gap
    unsigned char *e = vault_key_alloc(48); // the gap
    unsigned char *f = vault_key_alloc(16); // its rest
    unsigned char *g = vault_key_alloc(1);
    assert_ptr_equal(b, a + 32);
    assert_ptr_equal(c, b + 64);
    assert_ptr_equal(d, c + 16);
    assert_ptr_equal(e, b);
    assert_ptr_equal(f, e + 48);
    assert_ptr_equal(g, d + 80);
    unsigned char *all[] = {a, c, d, e, f, g};
    for (size_t i = 0; i < 6; i++) {
        vault_key_free(all[i], 1);
    }
}

static void room_and_table_end_and_come_back(void **state) {
    (void)state;
    static unsigned char *piece[KEYMEMORY_PLACES];
    assert_null(vault_key_alloc(SIZE + 1));
    assert_null(vault_key_alloc(SIZE_MAX));
    assert_null(vault_key_alloc(SIZE_MAX - 16));
    assert_null(vault_key_alloc(0));
    unsigned char *whole = vault_key_alloc(SIZE);
    assert_ptr_equal(whole, memory);
    assert_null(vault_key_alloc(1));
    vault_key_free(whole, SIZE);
    for (size_t i = 0; i < KEYMEMORY_PLACES; i++) {
        piece[i] = vault_key_alloc(1);
        assert_non_null(piece[i]);
    }
    assert_null(vault_key_alloc(1)); // there is room, but no place in the table
    for (size_t i = 0; i < KEYMEMORY_PLACES; i++) {
        vault_key_free(piece[i], 1);
    }
    assert_ptr_equal(vault_key_alloc(SIZE), memory);
    vault_key_free(memory, SIZE);
}

static void free_twice(void) {
    void *piece = vault_key_alloc(16);
    vault_key_free(piece, 16);
    vault_key_free(piece, 16);
}

static void free_inside(void) {
    unsigned char *piece = vault_key_alloc(64);
    vault_key_free(piece + 16, 16);
}

static void free_foreign(void) {
    static unsigned char foreign[64];
    vault_key_free(foreign, 16);
}

static void free_too_much(void) {
    vault_key_free(vault_key_alloc(16), 17);
}

static void init_twice(void) {
    keymemory_init(memory, SIZE);
}

static void broken_promises_end_the_process(void **state) {
    (void)state;
    vault_key_free(NULL, 0);
    assert_int_equal(end_of_child(free_twice), SIGILL);
    assert_int_equal(end_of_child(free_inside), SIGILL);
    assert_int_equal(end_of_child(free_foreign), SIGILL);
    assert_int_equal(end_of_child(free_too_much), SIGILL);
    assert_int_equal(end_of_child(init_twice), SIGILL);
}

// Gives and takes pieces that hold the thread's own number; the number of pieces that did not keep it.
static void *work(void *argument) {
    uintptr_t wrong = 0;
    unsigned int seed = (unsigned int)(uintptr_t)argument;
    unsigned char mark = (unsigned char)(uintptr_t)argument;
    for (int round = 0; round < 20000; round++) {
        size_t size = (size_t)rand_r(&seed) % 500 + 1;
        unsigned char *piece = vault_key_alloc(size);
        if (piece == NULL) {
            continue;
        }
        wrong += is_zero(piece, size) ? 0 : 1;
        memset(piece, mark, size);
        for (size_t i = 0; i < size; i++) {
            wrong += piece[i] == mark ? 0 : 1;
        }
        vault_key_free(piece, size);
    }
    return (void *)wrong; // NOLINT(performance-no-int-to-ptr)
}

static void threads_do_not_get_the_same(void **state) {
    (void)state;
    pthread_t threads[4];
    for (uintptr_t i = 0; i < 4; i++) {
        // NOLINTNEXTLINE(performance-no-int-to-ptr)
        assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(i + 1)), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    assert_true(is_zero(memory, SIZE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_disjoint_aligned_and_zero),
        cmocka_unit_test(the_whole_piece_is_wiped),
        cmocka_unit_test(the_lowest_gap_that_fits_is_taken),
        cmocka_unit_test(room_and_table_end_and_come_back),
        cmocka_unit_test(broken_promises_end_the_process),
        cmocka_unit_test(threads_do_not_get_the_same),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
