// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The memory and string functions that Mbed TLS and the compiler call, for the image, which has no libc.
// May assume DF is clear (the gate's cld, A41). Copies and fills are Mbed TLS' most frequent calls, of few
// bytes mostly: moves of one size from both ends, which may overlap, leave no loop of single bytes.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Moves of these are of any alignment.
typedef uint64_t vector __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t eight __attribute__((aligned(1), may_alias));
typedef uint32_t four __attribute__((aligned(1), may_alias));
typedef uint16_t two __attribute__((aligned(1), may_alias));

#define STRING_MIN 3072 // bytes from which the CPU's own string instructions are faster

#define COPY_ENDS(type)                                                                                      \
    do {                                                                                                     \
        const type first = *(const type *)source;                                                            \
        const type last = *(const type *)(source + size - sizeof(type));                                     \
        *(type *)target = first;                                                                             \
        *(type *)(target + size - sizeof(type)) = last;                                                      \
    } while (0)

static inline void copy_few(unsigned char *target, const unsigned char *source, size_t size) {
    if (size >= sizeof(eight)) {
        COPY_ENDS(eight);
    } else if (size >= sizeof(four)) {
        COPY_ENDS(four);
    } else if (size >= sizeof(two)) {
        COPY_ENDS(two);
    } else if (size == 1) {
        *target = *source;
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    unsigned char *target = to;
    const unsigned char *source = from;
    if (size < sizeof(vector)) {
        copy_few(target, source, size);
        return to;
    }
    if (size >= STRING_MIN) {
        __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(size) : : "memory");
        return to;
    }
    const vector last = *(const vector *)(source + size - sizeof(vector));
    vector *const end = (vector *)(target + size - sizeof(vector));
#pragma clang loop unroll(disable)
    for (; size >= 4 * sizeof(vector); size -= 4 * sizeof(vector)) {
        const vector *pieces = (const vector *)source;
        const vector a = pieces[0];
        const vector b = pieces[1];
        const vector c = pieces[2];
        const vector d = pieces[3];
        ((vector *)target)[0] = a;
        ((vector *)target)[1] = b;
        ((vector *)target)[2] = c;
        ((vector *)target)[3] = d;
        source += 4 * sizeof(vector);
        target += 4 * sizeof(vector);
    }
#pragma clang loop unroll(disable)
    for (; size > sizeof(vector); size -= sizeof(vector)) {
        *(vector *)target = *(const vector *)source;
        source += sizeof(vector);
        target += sizeof(vector);
    }
    *end = last;
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

#define FILL_ENDS(type, value)                                                                               \
    do {                                                                                                     \
        *(type *)target = (type)(value);                                                                     \
        *(type *)(target + size - sizeof(type)) = (type)(value);                                             \
    } while (0)

static inline void fill_few(unsigned char *target, uint64_t value, size_t size) {
    if (size >= sizeof(eight)) {
        FILL_ENDS(eight, value);
    } else if (size >= sizeof(four)) {
        FILL_ENDS(four, value);
    } else if (size >= sizeof(two)) {
        FILL_ENDS(two, value);
    } else if (size == 1) {
        *target = (unsigned char)value;
    }
}

void *memset(void *memory, int value, size_t size) {
    unsigned char *target = memory;
    const uint64_t eight_times = (unsigned char)value * UINT64_C(0x0101010101010101);
    if (size < sizeof(vector)) {
        fill_few(target, eight_times, size);
        return memory;
    }
    if (size >= STRING_MIN) {
        __asm__ volatile("rep stosb" : "+D"(target), "+c"(size) : "a"(value) : "memory");
        return memory;
    }
    const vector piece = {eight_times, eight_times};
    vector *const end = (vector *)(target + size - sizeof(vector));
#pragma clang loop unroll(disable)
    for (; size >= 4 * sizeof(vector); size -= 4 * sizeof(vector)) {
        ((vector *)target)[0] = piece;
        ((vector *)target)[1] = piece;
        ((vector *)target)[2] = piece;
        ((vector *)target)[3] = piece;
        target += 4 * sizeof(vector);
    }
#pragma clang loop unroll(disable)
    for (; size > sizeof(vector); size -= sizeof(vector)) {
        *(vector *)target = piece;
        target += sizeof(vector);
    }
    *end = piece;
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
