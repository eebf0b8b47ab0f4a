// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The image's own memory and string functions do what the C library's do. They are compiled here under other
// names, since every program has its own.
#include "support.h"

#include <string.h>

#define memcpy image_memcpy
#define memmove image_memmove
#define memset image_memset
#define memcmp image_memcmp
#define strlen image_strlen
#define strcmp image_strcmp
#define strstr image_strstr
void *image_memcpy(void *restrict to, const void *restrict from, size_t size);
void *image_memmove(void *to, const void *from, size_t size);
void *image_memset(void *memory, int value, size_t size);
int image_memcmp(const void *left, const void *right, size_t size);
size_t image_strlen(const char *string);
int image_strcmp(const char *left, const char *right);
char *image_strstr(const char *string, const char *part);
#include "platform/memory.c" // NOLINT(bugprone-suspicious-include)
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen
#undef strcmp
#undef strstr

#define SIZE 200

static unsigned char ours[SIZE];
static unsigned char theirs[SIZE];

static int setup(void **state) {
    (void)state;
    for (size_t i = 0; i < SIZE; i++) {
        ours[i] = theirs[i] = (unsigned char)(i * 7 + 1);
    }
    return 0;
}

// Every size from every offset to every other, forwards and backwards, overlapping and not.
static void memmove_is_the_librarys(void **state) {
    (void)state;
    for (size_t to = 0; to < 40; to++) {
        for (size_t from = 0; from < 40; from++) {
            for (size_t size = 0; size < 150; size += size < 40 ? 1 : 13) {
                assert_ptr_equal(image_memmove(ours + to, ours + from, size), ours + to);
                memmove(theirs + to, theirs + from, size);
                assert_memory_equal(ours, theirs, SIZE);
            }
        }
    }
}

static void memcpy_and_memset_are_the_librarys(void **state) {
    for (size_t offset = 0; offset < 20; offset++) {
        for (size_t size = 0; size < 75; size++) {
            setup(state);
            assert_ptr_equal(image_memcpy(ours + offset, ours + 100 + offset / 2, size), ours + offset);
            memcpy(theirs + offset, theirs + 100 + offset / 2, size);
            assert_memory_equal(ours, theirs, SIZE);
            assert_ptr_equal(image_memset(ours + offset, (int)(size + 250), size), ours + offset);
            memset(theirs + offset, (int)(size + 250), size);
            assert_memory_equal(ours, theirs, SIZE);
        }
    }
}

// Sizes beside those where the copies and fills change their way of working.
static void long_copies_and_fills_are_the_librarys(void **state) {
    static const size_t sizes[] = {63,  64,  65,  79,  80,   81,   127,  128,  129,  143,
                                   192, 255, 257, 999, 3071, 3072, 3073, 3100, 4096, 10000};
    enum { LARGE = 10100 };
    static unsigned char from[LARGE];
    static unsigned char to[LARGE];
    static unsigned char wanted[LARGE];
    (void)state;
    for (size_t i = 0; i < LARGE; i++) {
        from[i] = (unsigned char)(i * 7 + i / 256);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (size_t offset = 0; offset < 20; offset++) {
            memset(to, 0xee, LARGE);
            memset(wanted, 0xee, LARGE);
            assert_ptr_equal(image_memcpy(to + offset, from + offset / 3, sizes[i]), to + offset);
            memcpy(wanted + offset, from + offset / 3, sizes[i]);
            assert_memory_equal(to, wanted, LARGE);
            assert_ptr_equal(image_memset(to + offset + 1, 0x1a5, sizes[i]), to + offset + 1);
            memset(wanted + offset + 1, 0xa5, sizes[i]);
            assert_memory_equal(to, wanted, LARGE);
        }
    }
}

static int sign_of(int value) {
    return (value > 0) - (value < 0);
}

static void comparisons_are_the_librarys(void **state) {
    (void)state;
    static const char *const strings[] = {"",  "a",    "ab",  "abc",        "abd",
                                          "b", "\x80", "aab", "-----BEGIN", "----BEGIN"};
    const size_t count = sizeof(strings) / sizeof(strings[0]);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(image_strlen(strings[i]), strlen(strings[i]));
        for (size_t j = 0; j < count; j++) {
            size_t size = strlen(strings[i]) < strlen(strings[j]) ? strlen(strings[i]) : strlen(strings[j]);
            assert_int_equal(sign_of(image_strcmp(strings[i], strings[j])),
                             sign_of(strcmp(strings[i], strings[j])));
            assert_int_equal(sign_of(image_memcmp(strings[i], strings[j], size + 1)),
                             sign_of(memcmp(strings[i], strings[j], size + 1)));
            assert_ptr_equal(image_strstr(strings[i], strings[j]), strstr(strings[i], strings[j]));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(memmove_is_the_librarys, setup),
        cmocka_unit_test_setup(memcpy_and_memset_are_the_librarys, setup),
        cmocka_unit_test(long_copies_and_fills_are_the_librarys),
        cmocka_unit_test(comparisons_are_the_librarys),
    };
    return cmocka_run_group_tests_name("memory functions", tests, NULL, NULL);
}
