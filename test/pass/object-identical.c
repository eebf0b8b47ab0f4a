// An object without gates and hits is byte-identical apart from its note section, at every level.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t-O0.with
// RUN: clang -O0 -c %s -o %t-O0.without
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t-O0.with
// RUN: llvm-objcopy %t-O0.without
// RUN: cmp %t-O0.with %t-O0.without
// RUN: %mpkcc -O1 -c %s -o %t-O1.with
// RUN: clang -O1 -c %s -o %t-O1.without
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t-O1.with
// RUN: llvm-objcopy %t-O1.without
// RUN: cmp %t-O1.with %t-O1.without
// RUN: %mpkcc -O2 -c %s -o %t-O2.with
// RUN: clang -O2 -c %s -o %t-O2.without
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t-O2.with
// RUN: llvm-objcopy %t-O2.without
// RUN: cmp %t-O2.with %t-O2.without
// RUN: %mpkcc -O3 -c %s -o %t-O3.with
// RUN: clang -O3 -c %s -o %t-O3.without
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t-O3.with
// RUN: llvm-objcopy %t-O3.without
// RUN: cmp %t-O3.with %t-O3.without
// RUN: %mpkcc -Os -c %s -o %t-Os.with
// RUN: clang -Os -c %s -o %t-Os.without
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t-Os.with
// RUN: llvm-objcopy %t-Os.without
// RUN: cmp %t-Os.with %t-Os.without
// RUN: %mpkcc -O2 -g -c %s -o %t-O2-g.with
// RUN: clang -O2 -g -c %s -o %t-O2-g.without
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t-O2-g.with
// RUN: llvm-objcopy %t-O2-g.without
// RUN: cmp %t-O2-g.with %t-O2-g.without
// RUN: %mpkcc -O2 -fPIC -ffunction-sections -c %s -o %t-O2-fPIC-ffunction-sections.with
// RUN: clang -O2 -fPIC -ffunction-sections -c %s -o %t-O2-fPIC-ffunction-sections.without
// RUN: llvm-objcopy --remove-section=.note.mpkgate %t-O2-fPIC-ffunction-sections.with
// RUN: llvm-objcopy %t-O2-fPIC-ffunction-sections.without
// RUN: cmp %t-O2-fPIC-ffunction-sections.with %t-O2-fPIC-ffunction-sections.without
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

const char *names[] = {"one", "two", "three"};

int work(int *values, size_t count) {
    long sum = 0x12345678;
    qsort(values, count, sizeof(int), compare);
    for (size_t i = 0; i < count; i++)
        sum = sum * 31 + values[i];
    __asm__ volatile("" : "+r"(sum));
    switch (sum & 7) {
    case 0:
        return printf("%s\n", names[sum % 3]);
    case 3:
        return (int)strlen(names[1]);
    case 5:
        return 0x7ffffff;
    }
    return (int)sum;
}
