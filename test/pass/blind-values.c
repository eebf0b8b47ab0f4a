// Blinding does not change what a program computes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 %s -o %t.O0
// RUN: %mpkcc -O1 %s -o %t.O1
// RUN: %mpkcc -O2 %s -o %t.O2
// RUN: %mpkcc -O3 %s -o %t.O3
// RUN: %mpkcc -Os %s -o %t.Os
// RUN: %mpkcc -Oz %s -o %t.Oz
// RUN: clang -O0 %s -o %t.plain
// RUN: %t.plain > %t.expected
// RUN: %t.O0 | cmp - %t.expected
// RUN: %t.O1 | cmp - %t.expected
// RUN: %t.O2 | cmp - %t.expected
// RUN: %t.O3 | cmp - %t.expected
// RUN: %t.Os | cmp - %t.expected
// RUN: %t.Oz | cmp - %t.expected
// RUN: FileCheck %s < %t.expected
#include <stdio.h>
#include <string.h>
#include <stdint.h>

struct pair {
    long a;
    double b;
};
__attribute__((noinline)) static struct pair pair(long x) {
    return x ? (struct pair){0x00ef010f, 0x1.1ef010f334455p-900} : (struct pair){0x2fae0f, 1};
}
__attribute__((noinline)) static unsigned choose(unsigned x) {
    switch (x) {
    case 0x00ef010f:
        return 0xef010f00;
    case 0x00ef0110:
        return 5;
    case 0x00ef0111:
        return 0x28ae0f;
    case 0x6fae0f:
        return 7;
    default:
        return x * 0x00ef010f ^ 0xa8ae0f00;
    }
}
__attribute__((noinline)) static int equal(const char *p) {
    return memcmp(p, "\x11\x0f\x01\xef\x22\x33\x44\x55", 8) == 0;
}
__attribute__((noinline)) static void fill(char *p) {
    p[0] = 0x0f;
    p[1] = 1;
    p[2] = (char)0xef;
    memcpy(p + 3, "\x11\x0f\x01\xef\x22\x33\x44\x55", 8);
}
typedef int vector __attribute__((vector_size(16)));
__attribute__((noinline)) static vector add(vector x) {
    return x + (vector){0x00ef010f, 1, 0x28ae0f, 0x00ef010f};
}
int main(void) {
    // CHECK: ef010f
    printf("%lx %a %lx\n", pair(1).a, pair(1).b, pair(0).a);
    for (unsigned x = 0x00ef010d; x < 0x00ef0114; x++)
        printf("%x %x %d\n", choose(x), choose(x ^ 0x00ef010f ^ 0x6fae0f), x > 0x00ef010f);
    char buffer[11];
    fill(buffer);
    for (unsigned i = 0; i < sizeof(buffer); i++)
        printf("%02hhx", buffer[i]);
    printf(" %d %d\n", equal(buffer + 3), equal(buffer));
    vector sum = add((vector){1, 2, 3, 4});
    printf("%d %d %d %d\n", sum[0], sum[1], sum[2], sum[3]);
    return 0;
}
