// A structure with a pointer cannot be returned in registers.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

struct s {
    long a;
    void *p;
};

// CHECK: error-returns-structure-with-pointer.c:[[@LINE+1]]:11: error: gate of 'f': a gated function cannot return a pointer
MPK_GATE("")
struct s f(void);

long use(void) {
    return f().a;
}
