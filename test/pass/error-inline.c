// A gated function cannot be inline: each includer would be the vault.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -O1 -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-inline.c:[[@LINE+1]]:11: error: gate of 'f': a gated function cannot be inline: define it in one translation unit of the vault
MPK_GATE("in(0,size=4)")
inline void f(const void *p) {
    (void)p;
}

void use(void *p) {
    f(p);
}
