// An unknown permission class is an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-unknown-class.c:[[@LINE+1]]:30: error: gate of 'f': unknown class 'admin': expected crypto or manage
MPK_GATE("in(0,size=4) class(admin)")
void f(const void *p);

void use(void *p) {
    f(p);
}
