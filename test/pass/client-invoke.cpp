// A C++ client calls with invoke and mangled names; destructors and handlers stay in place.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %mpkcc -O2 -c %s -o %t
// RUN: llvm-nm %t | FileCheck --check-prefix=SYMBOLS %s
#include "mpkgate.h"

MPK_GATE("in(0,len=1)") int sign(const unsigned char *bytes, unsigned long length);

struct guard {
    guard();
    ~guard();
};

int f(const unsigned char *bytes) {
    guard one;
    try {
        return sign(bytes, 4);
    } catch (...) {
        return -1;
    }
}
// CHECK-LABEL: @_Z1fPKh(
// CHECK: invoke noundef i32 @__mpkgate_thunk._Z4signPKhm.
// CHECK: landingpad
// SYMBOLS-NOT: U _Z4signPKhm
// SYMBOLS: W __mpkgate_thunk._Z4signPKhm.
