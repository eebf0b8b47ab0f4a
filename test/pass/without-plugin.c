// Without the plugin the gate string has no effect, in clang and in gcc.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: clang -Wall -Wextra -Werror -I%include -c %s -o %t
// RUN: llvm-nm %t | FileCheck %s
// RUN: gcc -Wall -Wextra -Werror -I%include -c %s -o %t
// RUN: llvm-nm %t | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);

int32_t f(uint8_t *out, size_t *used) {
    return sign(1, out, 32, out, 64, used);
}
// CHECK: U sign
