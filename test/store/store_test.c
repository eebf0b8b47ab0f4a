// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Both ends of the store, joined: what is set is there, also after the next start; what is damaged, exchanged
// or old is found out, whichever bit it is.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vault-abi.h>

#include "ends.h"
#include "store-abi.h"

enum { BIG = MPKGATE_STORE_ITEM_MAX, FILE_MAX = MPKGATE_STORE_FILE_MAX };

static const uint8_t key[ENDS_KEY_SIZE] = "a store key of exactly 32 bytes";
static const uint8_t other_key[ENDS_KEY_SIZE] = "another key of exactly 32 bytes";
static char folder[] = "/dev/shm/store-test-XXXXXX/store";
static char text[4096];

// What happens in a child: no cmocka there.
#define require(condition)                                                                                   \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition);                                  \
            exit(99);                                                                                        \
        }                                                                                                    \
    } while (0)

static char *path_of(const char *name) {
    static char path[2][256];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
    return path[turn];
}

static size_t load(const char *name, uint8_t *data) {
    int file = open(path_of(name), O_RDONLY | O_CLOEXEC);
    ssize_t size = read(file, data, FILE_MAX);
    close(file);
    assert_true(size > 0);
    return (size_t)size;
}

static void save(const char *name, const uint8_t *data, size_t size) {
    int file = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_true(write(file, data, size) == (ssize_t)size);
    close(file);
}

static int fresh_folder(void **state) {
    (void)state;
    char command[256];
    snprintf(command, sizeof(command), "rm -rf %s && mkdir -m 700 %s", folder, folder);
    return system(command); // NOLINT(cert-env33-c): a test; the name is our own
}

static void run(int (*body)(void *)) {
    int status = ends_in_child(body, NULL, text, sizeof(text));
    if (status != 0)
        fail_msg("status %d: %s", status, text);
}

static void expect_status(int status, const char *part) {
    int got = ends_try(folder, key, text, sizeof(text));
    if (got != status || strstr(text, part) == NULL)
        fail_msg("status %d, expected %d; \"%s\" is not in: %s", got, status, part, text);
}

static void expect_item(uint64_t uid, const char *item) {
    char data[64];
    size_t size = 0;
    require(ends_get(uid, data, sizeof(data), &size) == 0);
    require(size == strlen(item) && memcmp(data, item, size) == 0);
}

// In children: the store of the tests below.
static int make_two(void *context) {
    (void)context;
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    require(ends_set(1, "one", 3, 0) == 0 && ends_set(2, "two", 3, 0) == 0);
    return 0;
}

static int find_two(void *context) {
    (void)context;
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    expect_item(1, "one");
    expect_item(2, "two");
    return 0;
}

static int set_one_anew(void *context) {
    (void)context;
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    require(ends_set(1, "ONE", 3, 0) == 0);
    return 0;
}

static int remove_one(void *context) {
    (void)context;
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    require(ends_remove(1) == 0);
    return 0;
}

static void what_is_set_is_there_after_the_next_start(void **state) {
    (void)state;
    run(make_two);
    run(find_two);
    run(remove_one);
    expect_status(MPKGATE_BOOT_OK, "");
    assert_int_equal(access(path_of("0000000000000001.key"), F_OK), -1);
}

static int use_limits(void *context) {
    (void)context;
    static uint8_t item[BIG + 1], back[BIG];
    size_t size = 0;
    memset(item, 'x', sizeof(item));
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    require(ends_set(0, item, 1, 0) == PSA_ERROR_INVALID_HANDLE);
    require(ends_set(1, item, 1, 2) == PSA_ERROR_NOT_SUPPORTED);
    require(ends_set(1, item, BIG + 1, 0) == PSA_ERROR_INSUFFICIENT_STORAGE);
    require(ends_set(1, item, BIG, 0) == 0 && ends_get(1, back, BIG, &size) == 0);
    require(size == BIG && memcmp(item, back, BIG) == 0);
    require(ends_set(2, item, 0, 0) == 0 && ends_get(2, back, BIG, &size) == 0 && size == 0);
    require(ends_get(3, back, BIG, &size) == PSA_ERROR_DOES_NOT_EXIST);
    require(ends_remove(3) == PSA_ERROR_DOES_NOT_EXIST);
    require(ends_set(4, item, 1, 1) == 0 && ends_set(4, item, 1, 0) == PSA_ERROR_NOT_PERMITTED);
    require(ends_remove(4) == PSA_ERROR_NOT_PERMITTED);
    return 0;
}

static void errors_are_psas(void **state) {
    (void)state;
    run(use_limits);
}

static int fill(void *context) {
    (void)context;
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    for (uint64_t uid = 1; uid <= MPKGATE_STORE_ITEMS_MAX; uid++)
        require(ends_set(uid, &uid, sizeof(uid), 0) == 0);
    require(ends_set(5000, "more", 4, 0) == PSA_ERROR_INSUFFICIENT_STORAGE);
    require(ends_set(7, "seven", 5, 0) == 0 && ends_remove(8) == 0 && ends_set(5000, "more", 4, 0) == 0);
    return 0;
}

static int find_full(void *context) {
    (void)context;
    uint64_t back = 0;
    size_t size = 0;
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    expect_item(7, "seven");
    expect_item(5000, "more");
    require(ends_get(1024, &back, sizeof(back), &size) == 0 && back == 1024);
    return 0;
}

static void it_holds_1024_items(void **state) {
    (void)state;
    run(fill);
    run(find_full);
}

// Every bit of an item's file and of the index, by the vault's unwrapping alone and by the whole start.
static void flip_each_bit(const char *name, uint64_t uid) {
    uint8_t file[FILE_MAX];
    size_t size = load(name, file);
    assert_true(ends_unwraps(key, file, size, uid));
    for (size_t bit = 0; bit < size * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(ends_unwraps(key, file, size, uid));
        save(name, file, size);
        int status = ends_try(folder, key, text, sizeof(text));
        if (status != ENDS_REFUSED && status != MPKGATE_BOOT_STORE_FILE && status != MPKGATE_BOOT_STORE_INDEX)
            fail_msg("%s: bit %zu: status %d", name, bit, status);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    save(name, file, size);
}

static void every_bit_flip_is_found(void **state) {
    (void)state;
    run(make_two);
    flip_each_bit("0000000000000001.key", 1);
    flip_each_bit("index", MPKGATE_STORE_INDEX);
    run(find_two);
}

static void every_truncation_is_found(void **state) {
    (void)state;
    uint8_t file[FILE_MAX];
    run(make_two);
    size_t size = load("0000000000000001.key", file);
    for (size_t shorter = 0; shorter < size; shorter++) {
        assert_false(ends_unwraps(key, file, shorter, 1));
        save("0000000000000001.key", file, shorter);
        expect_status(ENDS_REFUSED, "0000000000000001.key is damaged: it has ");
    }
    file[size] = 0;
    save("0000000000000001.key", file, size + 1);
    expect_status(ENDS_REFUSED, "0000000000000001.key is damaged: it has ");
}

static void another_key_opens_nothing(void **state) {
    (void)state;
    run(make_two);
    assert_int_equal(ends_try(folder, other_key, text, sizeof(text)), MPKGATE_BOOT_STORE_INDEX);
    run(find_two);
}

static void an_empty_store_knows_its_key(void **state) {
    (void)state;
    expect_status(MPKGATE_BOOT_OK, "");
    assert_int_equal(ends_try(folder, other_key, text, sizeof(text)), MPKGATE_BOOT_STORE_INDEX);
}

static void exchanged_files_are_found(void **state) {
    (void)state;
    run(make_two);
    assert_int_equal(rename(path_of("0000000000000001.key"), path_of("third")), 0);
    assert_int_equal(rename(path_of("0000000000000002.key"), path_of("0000000000000001.key")), 0);
    assert_int_equal(rename(path_of("third"), path_of("0000000000000002.key")), 0);
    expect_status(ENDS_REFUSED, ".key is the file of another key, 000000000000000");
}

static void an_old_file_is_found(void **state) {
    (void)state;
    uint8_t file[FILE_MAX];
    run(make_two);
    size_t size = load("0000000000000001.key", file);
    run(set_one_anew);
    expect_status(MPKGATE_BOOT_OK, ""); // a start settles what the last write left open
    save("0000000000000001.key", file, size);
    expect_status(MPKGATE_BOOT_STORE_OLD, "");
}

static void a_file_that_came_back_is_found(void **state) {
    (void)state;
    uint8_t file[FILE_MAX];
    run(make_two);
    size_t size = load("0000000000000001.key", file);
    run(remove_one);
    expect_status(MPKGATE_BOOT_OK, "");
    save("0000000000000001.key", file, size);
    expect_status(MPKGATE_BOOT_STORE_OLD, "");
}

static void an_old_index_is_found(void **state) {
    (void)state;
    uint8_t file[FILE_MAX];
    run(make_two);
    size_t size = load("index", file);
    run(set_one_anew);
    save("index", file, size);
    expect_status(MPKGATE_BOOT_STORE_OLD, "");
}

static void a_missing_file_is_found(void **state) {
    (void)state;
    run(make_two);
    expect_status(MPKGATE_BOOT_OK, "");
    assert_int_equal(unlink(path_of("0000000000000001.key")), 0);
    expect_status(MPKGATE_BOOT_STORE_MISSING, "");
}

static void a_missing_index_is_found(void **state) {
    (void)state;
    run(make_two);
    assert_int_equal(unlink(path_of("index")), 0);
    expect_status(MPKGATE_BOOT_STORE_NO_INDEX, "");
}

static void a_temporary_is_removed(void **state) {
    (void)state;
    run(make_two);
    save("new", (const uint8_t *)"half", 4);
    run(find_two);
    assert_int_equal(access(path_of("new"), F_OK), -1);
}

// The disk's failures: the folder cannot be written, by nobody.
static int set_without_room(void *context) {
    (void)context;
    size_t size = 0;
    char back[8];
    require(ends_open(folder, key, NULL) == MPKGATE_BOOT_OK);
    require(ends_set(1, "one", 3, 0) == 0);
    require(mkdir(path_of("new"), 0700) == 0); // where the keeper makes its file
    require(ends_set(1, "ONE", 3, 0) == PSA_ERROR_STORAGE_FAILURE);
    require(ends_set(2, "two", 3, 0) == PSA_ERROR_STORAGE_FAILURE);
    require(ends_remove(1) == PSA_ERROR_STORAGE_FAILURE);
    expect_item(1, "one");
    require(ends_get(2, back, sizeof(back), &size) == PSA_ERROR_DOES_NOT_EXIST);
    require(rmdir(path_of("new")) == 0);
    require(ends_set(2, "two", 3, 0) == 0);
    return 0;
}

static void a_failed_write_changes_nothing(void **state) {
    (void)state;
    run(set_without_room);
    run(find_two);
}

int main(void) {
    char *slash = strrchr(folder, '/');
    *slash = '\0';
    if (mkdtemp(folder) == NULL)
        return EXIT_FAILURE;
    *slash = '/';
#define TEST(name) cmocka_unit_test_setup(name, fresh_folder)
    const struct CMUnitTest tests[] = {
        TEST(what_is_set_is_there_after_the_next_start),
        TEST(errors_are_psas),
        TEST(it_holds_1024_items),
        TEST(every_bit_flip_is_found),
        TEST(every_truncation_is_found),
        TEST(another_key_opens_nothing),
        TEST(an_empty_store_knows_its_key),
        TEST(exchanged_files_are_found),
        TEST(an_old_file_is_found),
        TEST(a_file_that_came_back_is_found),
        TEST(an_old_index_is_found),
        TEST(a_missing_file_is_found),
        TEST(a_missing_index_is_found),
        TEST(a_temporary_is_removed),
        TEST(a_failed_write_changes_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char command[256];
    *slash = '\0';
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command) == 0 ? failed : EXIT_FAILURE; // NOLINT(cert-env33-c)
}
