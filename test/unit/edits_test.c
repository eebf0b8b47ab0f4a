// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Edits make the new file out of the old one, and out of no other; damaged ones make none.
#include "edits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { OLD_SIZE = 20000, MADE_SIZE = 20500, EDITS_HEAD = 32, EDIT_HEAD = 16 };

struct files {
    unsigned char old[OLD_SIZE];
    unsigned char made[MADE_SIZE];
    struct edits edits;
};

static uint32_t next(uint32_t *state) {
    return *state = *state * 1664525u + 1013904223u;
}

static int set_up(void **state) {
    struct files *files = calloc(1, sizeof *files);
    uint32_t random = 1;

    for (size_t i = 0; i < OLD_SIZE; i++)
        files->old[i] = (unsigned char)(next(&random) >> 24);
    memcpy(files->made, files->old, OLD_SIZE);
    // First byte, last byte, neighbours, bytes that are just apart, a run over a block's end.
    static const size_t changed[] = {0, 1, 2, 19, 40, 4094, 4095, 4096, 4097, 12000, OLD_SIZE - 1};
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
        files->made[changed[i]] ^= 0x5a;
    memset(files->made + OLD_SIZE, 0xcc, MADE_SIZE - OLD_SIZE);
    *state = files;
    return edits_make(&files->edits, files->old, OLD_SIZE, files->made, MADE_SIZE) ? 0 : -1;
}

static int tear_down(void **state) {
    struct files *files = *state;

    free(files->edits.bytes);
    free(files);
    return 0;
}

static int is_refused(const struct edits *edits, const unsigned char *old, size_t size) {
    size_t made_size = edits_made_size(edits, size);
    // What is asked for may be damaged, too, but is no more than what the edits can fill.
    assert_true(made_size == 0 || (made_size >= size && made_size <= size + edits->size));
    unsigned char *made = malloc(made_size + 1);
    int is_made = made_size != 0 && edits_apply(edits, old, size, made);

    free(made);
    return !is_made;
}

static void the_new_file_comes_out(void **state) {
    struct files *files = *state;
    unsigned char *made = malloc(MADE_SIZE);

    assert_int_equal(edits_made_size(&files->edits, OLD_SIZE), MADE_SIZE);
    assert_true(edits_apply(&files->edits, files->old, OLD_SIZE, made));
    assert_memory_equal(made, files->made, MADE_SIZE);
    free(made);
    // What did not change is not in them.
    assert_true(files->edits.size < 1500);
}

static void a_file_that_did_not_change_needs_none(void **state) {
    struct files *files = *state;
    struct edits edits;
    unsigned char *made = malloc(OLD_SIZE);

    assert_true(edits_make(&edits, files->old, OLD_SIZE, files->old, OLD_SIZE));
    assert_int_equal(edits.size, EDITS_HEAD);
    assert_int_equal(edits_made_size(&edits, OLD_SIZE), OLD_SIZE);
    assert_true(edits_apply(&edits, files->old, OLD_SIZE, made));
    assert_memory_equal(made, files->old, OLD_SIZE);
    free(made);
    free(edits.bytes);
}

static void another_file_is_refused(void **state) {
    struct files *files = *state;

    assert_true(is_refused(&files->edits, files->old, OLD_SIZE - 1));
    files->old[4096] ^= 1; // one that is replaced
    assert_true(is_refused(&files->edits, files->old, OLD_SIZE));
}

static void cut_or_longer_edits_are_refused(void **state) {
    struct files *files = *state;

    for (size_t size = 0; size < files->edits.size; size++) {
        // Of its own, so that a sanitizer sees what is read behind it.
        unsigned char *copy = malloc(size + !size);
        memcpy(copy, files->edits.bytes, size);
        assert_true(is_refused(&(struct edits){copy, size}, files->old, OLD_SIZE));
        free(copy);
    }
    unsigned char *longer = calloc(1, files->edits.size + 1);
    memcpy(longer, files->edits.bytes, files->edits.size);
    assert_true(is_refused(&(struct edits){longer, files->edits.size + 1}, files->old, OLD_SIZE));
    free(longer);
}

// Sizes and offsets of every kind, the largest numbers with them.
static void a_damaged_head_is_refused(void **state) {
    struct files *files = *state;

    for (size_t at = 0; at < EDITS_HEAD + EDIT_HEAD; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            files->edits.bytes[at] ^= (unsigned char)(1u << bit);
            assert_true(is_refused(&files->edits, files->old, OLD_SIZE));
            files->edits.bytes[at] ^= (unsigned char)(1u << bit);
        }
    }
    memset(files->edits.bytes + EDITS_HEAD, 0xff, EDIT_HEAD);
    assert_true(is_refused(&files->edits, files->old, OLD_SIZE));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_new_file_comes_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_did_not_change_needs_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cut_or_longer_edits_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_head_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
