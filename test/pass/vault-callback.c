// The vault's table says of a callback where its function, its context and the request lie in the block, and whether it reads.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O1 -S -emit-llvm %s -o - | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("callback(0,context=1,read) callback(2,context=3,write)")
int64_t pump(int64_t (*reader)(void *, void *, size_t), void *from, int64_t (*writer)(void *, const void *, size_t), void *to) {
    char piece[16];
    return writer(to, piece, (size_t)reader(from, piece, sizeof piece));
}

// Two arguments, 80 bytes of block, the return value at 0 with 8 bytes.
// CHECK: @__mpkgate_export.pump = {{.*}} i32 2, i32 80, i32 0, i32 8, i32 0,
// CHECK: @mpkgate.arguments = {{.*}} { i32 8, i32 16, i32 1, i32 40, i8 4, i8 0, i8 0, i8 0 }, {{.*}} { i32 24, i32 32, i32 1, i32 40, i8 5, i8 0, i8 0, i8 0 }]
