// Import records lie in a read-only section without dynamic relocations, slots in a writable one; the gated symbol is not needed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -fPIC -shared -nostdlib %s -o %t -fuse-ld=lld -Wl,-z,separate-code,-z,now
// RUN: llvm-readelf -SlrW --dyn-syms %t | FileCheck %s
// RUN: llvm-nm -a %t | FileCheck --check-prefix=SYMBOLS %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);

int32_t f(uint8_t *out, size_t *used) {
    return sign(1, out, 32, out, 64, used);
}
// CHECK: mpkgate_imports PROGBITS {{[0-9a-f]+}} {{[0-9a-f]+}} 000010 00 A
// CHECK: .bss NOBITS {{.*}} WA
// CHECK: There are no relocations in this file.
// CHECK-NOT: {{ sign$}}
// SYMBOLS-NOT: U sign
// SYMBOLS: b __mpkgate_slot.sign.
