// A structure passed in memory cannot go through a gate.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

struct s {
    long a[8];
};

// CHECK: error-structure-in-memory.c:[[@LINE+1]]:11: error: gate of 'f': argument 1 is a structure passed in memory, which a gate cannot carry
MPK_GATE("")
void f(int a, struct s s);

void use(struct s *p) {
    f(1, *p);
}
