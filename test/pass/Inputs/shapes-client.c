// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls every shape directly and through a pointer table, and checks what comes back. Compiled as C and C++.
#include "shapes.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __cplusplus
extern "C" {
#endif
#include "loopback.h"
#ifdef __cplusplus
}
#endif

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            printf("line %d: %s\n", __LINE__, #condition);                                                   \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

static int (*const table[])(int, int) = {shape_plain, 0};

__attribute__((noinline)) static int call_passed(int (*function)(int, int)) {
    return function(3, 4);
}

static int call_tail(int a, int b) {
    __attribute__((musttail)) return shape_plain(b, a);
}

static void check_pointers(void) {
    const uint8_t bytes[] = {1, 2, 3, 250};
    CHECK(shape_sum(bytes, sizeof(bytes)) == 256);
    uint32_t squares[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    size_t count = 0;
    CHECK(shape_squares(squares, sizeof(squares), &count) == 16);
    CHECK(count == 16 && squares[3] == 9 && squares[4] == 9); // only what was used is copied out
    uint32_t scaled[4] = {7, 7, 7, 7};
    const uint32_t from[] = {1, 2, 3};
    CHECK(shape_scale(from, 3, scaled, 4, &count) == 0);
    CHECK(count == 3 && scaled[0] == 3 && scaled[2] == 9 && scaled[3] == 7);
    char text[17] = "0123456789abcdef";
    shape_reverse(text);
    CHECK(strcmp(text, "fedcba9876543210") == 0);
    CHECK(shape_length("twelve bytes") == 12);
}

static void check_values(void) {
    CHECK(shape_many(1, 2, 3, 4, 5, 6, 7, 8, 9) == 285);
    CHECK(shape_floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) == 385);
    vector a = {1, 2, 3, 4};
    vector product = shape_vector(a, a);
    CHECK(product[0] == 1 && product[3] == 16);
    struct pair pair = {5, 0.5};
    pair = shape_pair(pair, 3);
    CHECK(pair.whole == 15 && pair.part == 1.5);
    long step = 100;
    struct wide wide = shape_wide(7, &step);
    CHECK(wide.values[0] == 7 && wide.values[7] == 707);
    CHECK(shape_narrow(-100, 20, true, 1) == -119);
    CHECK(shape_narrow(-100, 20, false, 1) == 0);
    CHECK(shape_128((__int128)1 << 70, -3.0L) == -((__int128)3 << 70));
    shape_nothing();
}

int main(void) {
    loopback_seal();
    CHECK(shape_plain(1, 2) == 12);
    CHECK(table[0](2, 3) == 23);
    CHECK(call_passed(shape_plain) == 34);
    CHECK(call_tail(4, 5) == 54);
    CHECK(loopback_calls[0] == 0 && loopback_calls[1] == 4);
    check_pointers();
    check_values();
    CHECK(loopback_calls[0] == 14 && loopback_calls[1] == 4);
    loopback_refuse(-4);
    size_t count = 0;
    CHECK(shape_squares(0, 0, &count) == -7);
    CHECK(shape_floats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0) == -1);
    puts("every shape came through");
    fflush(stdout);
    shape_plain(1, 2); // refused, without a value to return: traps
    puts("a refused call without refused(..) went on");
    return 1;
}
