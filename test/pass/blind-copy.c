// A copied constant string that would become immediates is blinded.
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

void f(char *p) {
    memcpy(p, "\x11\x0f\x01\xef\x22\x33\x44\x55", 8);
}
void g(void (*use)(char *)) {
    char local[] = {0x0f, 1, 0xef, 5, 6, 7, 8};
    use(local);
}
