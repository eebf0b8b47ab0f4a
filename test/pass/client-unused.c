// A gated function that is declared but not used leaves no trace.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t
// RUN: llvm-readelf -S %t | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);

int f(void) {
    return 1;
}
// CHECK-NOT: mpkgate_imports
// CHECK: .note.mpkgate
// CHECK-NOT: mpkgate_imports
