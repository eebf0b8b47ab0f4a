// Every use of a gated function is a use of the thunk: address, table, comparison, structure, alias by asm label.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -c %s -o %t.0
// RUN: %mpkcc -O2 -c %s -o %t.2
// RUN: llvm-nm %t.0 | FileCheck %s
// RUN: llvm-nm %t.2 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);

MPK_GATE("") int other(int a) __asm__("renamed");
void *f(void) {
    return (void *)sign;
}
struct entry {
    void *function;
    int (*second)(int);
};
const struct entry table[] = {{(void *)sign, other}};
int g(void *p) {
    return p == (void *)sign ? other(1) : 0;
}
int (*h(int (*x)(int)))(int) {
    return x ? x : h(other);
}
// CHECK-NOT: U {{sign|other|renamed}}
// CHECK: W __mpkgate_thunk.renamed.
// CHECK-NEXT: W __mpkgate_thunk.sign.
// CHECK-NOT: U {{sign|other|renamed}}
