// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See ecdsa_der.h.
#include "ecdsa_der.h"

#include <string.h>

#define SHORT_LENGTH_MAX 127 // X.690, 8.1.3

// Leading zeros that a DER INTEGER leaves out.
static size_t zeros_of(const uint8_t *number, size_t size) {
    size_t zeros = 0;

    while (zeros < size - 1 && number[zeros] == 0)
        zeros++;
    return zeros;
}

// A DER INTEGER has a zero in front where the top bit would make it negative.
static size_t put_integer(uint8_t *der, const uint8_t *number, size_t size) {
    size_t zeros = zeros_of(number, size);
    size_t pad = number[zeros] >> 7;

    size -= zeros;
    der[0] = 0x02;
    der[1] = (uint8_t)(size + pad);
    der[2] = 0;
    memcpy(der + 2 + pad, number + zeros, size);
    return 2 + pad + size;
}

size_t ecdsa_der(uint8_t *der, const uint8_t *signature, size_t half) {
    uint8_t content[2 * (3 + ECDSA_HALF_MAX)];
    size_t size = put_integer(content, signature, half);
    size_t head = 0;

    size += put_integer(content + size, signature + half, half);
    der[head++] = 0x30;
    if (size > SHORT_LENGTH_MAX)
        der[head++] = 0x81;
    der[head++] = (uint8_t)size;
    memcpy(der + head, content, size);
    return head + size;
}
