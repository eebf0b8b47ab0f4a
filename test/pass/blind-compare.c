// A comparison with a constant string that would become immediates is blinded.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t.O0
// RUN: %mpkcc -O1 -c %s -o %t.O1
// RUN: %mpkcc -O2 -c %s -o %t.O2
// RUN: %mpkcc -O3 -c %s -o %t.O3
// RUN: %mpkcc -Os -c %s -o %t.Os
// RUN: %mpkcc -Oz -c %s -o %t.Oz
// RUN: clang -O0 -c %s -o %t.plain0
// RUN: clang -O2 -c %s -o %t.plain2
// RUN: python3 %inputs/spells.py yes %t.plain0 %t.plain2
// RUN: python3 %inputs/spells.py no %t.O0 %t.O1 %t.O2 %t.O3 %t.Os %t.Oz
#include <string.h>

int f(const char *p) {
    return memcmp(p, "\x11\x0f\x01\xef\x22\x33\x44\x55zzzzxxxx", 16) == 0;
}
int g(const char *p) {
    return memcmp(p, "\x0f\x01\xef\x22", 4) == 0;
}
