// Two translation units that disagree about a gate keep two records, so that the loader sees the wrong one.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -fPIC -c %s -o %t.1.o -Df=f1 -DSIZE='"in(0,size=4)"'
// RUN: %mpkcc -O2 -fPIC -c %s -o %t.2.o -Df=f2 -DSIZE='"in(0,size=8)"'
// RUN: clang -shared -fuse-ld=lld %t.1.o %t.2.o -o %t
// RUN: llvm-readelf -S %t | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE(SIZE) int sign(const void *p);
int f(const void *p) {
    return sign(p);
}
// CHECK: mpkgate_imports PROGBITS {{[0-9a-f]+}} {{[0-9a-f]+}} 000020
