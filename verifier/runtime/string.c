// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The few string functions that the runtime and its compiler need.
#include "sys.h"

int memcmp(const void *a, const void *b, size_t size) {
    const unsigned char *p = a;
    const unsigned char *q = b;
    for (size_t i = 0; i < size; i++)
        if (p[i] != q[i])
            return p[i] < q[i] ? -1 : 1;
    return 0;
}

size_t string_length(const char *s, size_t limit) {
    size_t length = 0;
    while (length < limit && s[length] != '\0')
        length++;
    return length;
}

bool string_equal(const char *a, const char *b) {
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool string_begins(const char *s, const char *prefix) {
    while (*prefix != '\0')
        if (*s++ != *prefix++)
            return false;
    return true;
}
