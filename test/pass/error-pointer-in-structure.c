// A pointer inside a structure in registers needs a clause like any other.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

struct s {
    long a;
    void *p;
};

// CHECK: error-pointer-in-structure.c:[[@LINE+1]]:11: error: gate of 'f': argument 2 is a pointer that no clause covers
MPK_GATE("in(0,size=4)")
void f(const void *p, struct s s);

void use(struct s *s) {
    f(s, *s);
}
