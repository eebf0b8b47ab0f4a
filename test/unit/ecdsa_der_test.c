// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ecdsa_der writes what DER (X.690) asks of two integers: none but the zeros that are needed, and a length in
// two bytes where one does not hold it.
#include "ecdsa_der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void leading_zeros_are_left_out(void **state) {
    static const uint8_t signature[8] = {0, 0, 1, 2, 0, 0, 0, 0};
    static const uint8_t expected[] = {0x30, 7, 2, 2, 1, 2, 2, 1, 0};
    uint8_t der[ECDSA_DER_MAX];

    (void)state;
    assert_int_equal(ecdsa_der(der, signature, 4), sizeof expected);
    assert_memory_equal(der, expected, sizeof expected);
}

static void a_top_bit_gets_a_zero_in_front(void **state) {
    static const uint8_t signature[4] = {0x80, 1, 0, 0xff};
    static const uint8_t expected[] = {0x30, 9, 2, 3, 0, 0x80, 1, 2, 2, 0, 0xff};
    uint8_t der[ECDSA_DER_MAX];

    (void)state;
    assert_int_equal(ecdsa_der(der, signature, 2), sizeof expected);
    assert_memory_equal(der, expected, sizeof expected);
}

static void more_than_127_bytes_get_a_long_length(void **state) {
    uint8_t signature[2 * ECDSA_HALF_MAX];
    uint8_t der[ECDSA_DER_MAX];

    (void)state;
    memset(signature, 0xff, sizeof signature);
    assert_int_equal(ecdsa_der(der, signature, ECDSA_HALF_MAX), ECDSA_DER_MAX);
    assert_int_equal(der[0], 0x30);
    assert_int_equal(der[1], 0x81);
    assert_int_equal(der[2], ECDSA_DER_MAX - 3);
    assert_int_equal(ecdsa_der(der, signature, 61), 2 + 126 + 3);
    assert_int_equal(der[1], 0x81);
    assert_int_equal(der[2], 128);
    memset(signature, 0x7f, sizeof signature);
    assert_int_equal(ecdsa_der(der, signature, 61), 2 + 126);
    assert_int_equal(der[1], 126);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(leading_zeros_are_left_out),
        cmocka_unit_test(a_top_bit_gets_a_zero_in_front),
        cmocka_unit_test(more_than_127_bytes_get_a_long_length),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
