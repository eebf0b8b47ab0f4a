// Two translation units that use one function share thunk, slot and record after linking.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -fPIC -c %s -o %t.1.o -Df=f1
// RUN: %mpkcc -O0 -fPIC -c %s -o %t.2.o -Df=f2
// RUN: clang -shared -fuse-ld=lld %t.1.o %t.2.o -o %t
// RUN: llvm-readelf -S %t | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);

int32_t f(uint8_t *out, size_t *used) {
    return sign(1, out, 32, out, 64, used);
}
// One record of 16 bytes.
// CHECK: mpkgate_imports PROGBITS {{[0-9a-f]+}} {{[0-9a-f]+}} 000010
