// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory and string functions that Mbed TLS and the compiler call, for the image, which has no libc.
// Plain C; the compiler makes 16-byte moves of the loops. May assume DF is clear (the gate's cld, A41).
#include <stddef.h>
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    unsigned char *restrict target = to;
    const unsigned char *restrict source = from;
    for (size_t i = 0; i < size; i++) {
        target[i] = source[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if (target < source) {
        for (size_t i = 0; i < size; i++) {
            target[i] = source[i];
        }
    } else {
        for (size_t i = size; i > 0; i--) {
            target[i - 1] = source[i - 1];
        }
    }
    return to;
}

void *memset(void *memory, int value, size_t size) {
    unsigned char *target = memory;
    for (size_t i = 0; i < size; i++) {
        target[i] = (unsigned char)value;
    }
    return memory;
}

int memcmp(const void *left, const void *right, size_t size) {
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

size_t strlen(const char *string) {
    size_t length = 0;
    while (string[length] != '\0') {
        length++;
    }
    return length;
}

int strcmp(const char *left, const char *right) {
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return (unsigned char)*left - (unsigned char)*right;
}

char *strstr(const char *string, const char *part) {
    size_t length = strlen(part);
    for (;; string++) {
        size_t same = 0;
        while (same < length && string[same] == part[same]) {
            same++;
        }
        if (same == length) {
            return (char *)(uintptr_t)string;
        }
        if (*string == '\0') {
            return NULL;
        }
    }
}
