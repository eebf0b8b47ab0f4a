// Arguments of calls are blinded.
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

void g(unsigned, long, void *);
void f(void) {
    g(0x00ef010f, 0x00ef010f00, (void *)0x00ef010f1234);
}
