// Where the source does not have the gate string in one piece, the error repeats it with a caret.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck --strict-whitespace --match-full-lines %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

#define GATE "in(0,size=4) " "in(9,size=4)"
MPK_GATE(GATE) void f(const void *p);

void use(void *p) {
    f(p);
}
//      CHECK:{{.*}}error-caret.c:9:1: error: gate of 'f': there is no argument 9: the function has 1, counted from 0
// CHECK-NEXT:  in(0,size=4) in(9,size=4)
// CHECK-NEXT:                  ^
