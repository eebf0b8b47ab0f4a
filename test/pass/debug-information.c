// Thunks and stubs keep debug information valid.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -g -c %s -o %t
// RUN: llvm-dwarfdump --verify %t
// RUN: %mpkcc -O2 -g -emit-llvm -c %s -o %t.bc
// RUN: opt -passes=verify -disable-output %t.bc
// RUN: %mpkcc -DVAULT -O2 -g -c %s -o %t
// RUN: llvm-dwarfdump --verify %t
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);

#ifdef VAULT
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length) {
    *signature_length = hash_length + signature_size;
    return (int32_t)key + hash[0] + signature[0];
}
#else
int32_t f(uint8_t *out, size_t *used) {
    return sign(1, out, 32, out, 64, used);
}
#endif
