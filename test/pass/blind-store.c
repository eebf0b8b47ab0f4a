// Stored constants are blinded: integers, floating point, vectors, structures.
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

typedef unsigned char bytes __attribute__((vector_size(8)));
struct pair {
    long a;
    long b;
};
void f(unsigned *p) {
    *p = 0x00ef010f;
}
void g(double *p) {
    *p = 0x1.1ef010f334455p-900;
}
void h(bytes *p) {
    *p = (bytes){0x11, 0x0f, 1, 0xef, 4, 5, 6, 7};
}
void i(struct pair *p) {
    *p = (struct pair){0x00ef010f, 1};
}
