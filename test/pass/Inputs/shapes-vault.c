// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "shapes.h"
#include <string.h>

int shape_plain(int a, int b) {
    return a * 10 + b;
}

uint64_t shape_sum(const uint8_t *bytes, size_t length) {
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += bytes[i];
    return sum;
}

int shape_squares(uint32_t *squares, size_t capacity, size_t *count) {
    *count = capacity / sizeof(uint32_t) / 2 * sizeof(uint32_t); // fewer than fit
    for (size_t i = 0; i < capacity / sizeof(uint32_t); i++)
        squares[i] = (uint32_t)(i * i);
    return (int)*count;
}

int shape_scale(const uint32_t *from, uint16_t count, uint32_t *to, size_t capacity, size_t *written) {
    if (count > capacity)
        return -1;
    for (uint16_t i = 0; i < count; i++)
        to[i] = from[i] * 3;
    *written = count;
    return 0;
}

void shape_reverse(char text[16]) {
    for (int i = 0; i < 8; i++) {
        char other = text[15 - i];
        text[15 - i] = text[i];
        text[i] = other;
    }
}

size_t shape_length(const char *text) {
    return strlen(text);
}

long shape_many(long a, long b, long c, long d, long e, long f, long g, long h, long i) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i;
}

double shape_floats(float a, double b, float c, double d, double e, double f, double g, double h, double i,
                    double j) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j;
}

vector shape_vector(vector a, vector b) {
    return a * b;
}

struct pair shape_pair(struct pair a, int factor) {
    return (struct pair){a.whole * factor, a.part * factor};
}

struct wide shape_wide(long first, const long *step) {
    struct wide wide;
    for (int i = 0; i < 8; i++)
        wide.values[i] = first + i * *step;
    return wide;
}

signed char shape_narrow(signed char a, unsigned char b, bool c, short d) {
    return (signed char)(c ? a - b + d : 0);
}

__int128 shape_128(__int128 a, long double b) {
    return a * (long)b;
}

void shape_nothing(void) {
}
