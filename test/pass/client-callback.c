// A function with callbacks is called until the gate asks for nothing more: the thunk gives the vault a buffer, and answers each
// request with the function and context that the caller passed.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O1 -S -emit-llvm %s -o - | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("callback(0,context=1,read) callback(2,context=3,write) refused(-1)")
int64_t pump(int64_t (*reader)(void *, void *, size_t), void *from, int64_t (*writer)(void *, const void *, size_t), void *to);

int64_t go(int64_t (*reader)(void *, void *, size_t), void *from, int64_t (*writer)(void *, const void *, size_t), void *to) {
    return pump(reader, from, writer, to);
}

// CHECK: define linkonce_odr hidden i64 @__mpkgate_thunk.pump.{{[0-9a-f]+}}(ptr %0, ptr %1, ptr %2, ptr %3)
// CHECK-DAG: [[BUFFER:%[0-9a-z]+]] = alloca [4096 x i8], align 16
// CHECK-DAG: [[BLOCK:%[0-9a-z]+]] = alloca { i64, ptr, ptr, ptr, ptr, { i64, i64, i64, i64, i32, i32 } }
// CHECK-DAG: store i64 4096,
// CHECK: [[FIRST:%[0-9a-z]+]] = call i64 {{%[0-9a-z]+}}(ptr nonnull [[BLOCK]], i64 {{%[0-9a-z]+}})
// CHECK: icmp sgt i64 [[FIRST]], 0
// CHECK: switch i32 {{%[0-9a-z]+}}, label {{%[0-9a-z]+}} [
// CHECK-NEXT: i32 8, label
// CHECK-NEXT: i32 24, label
// CHECK: call i64 %0(ptr %1, ptr nonnull [[BUFFER]], i64 {{%[0-9a-z]+}})
// CHECK: call i64 %2(ptr %3, ptr nonnull [[BUFFER]], i64 {{%[0-9a-z]+}})
// CHECK: [[RESUME:%[0-9a-z]+]] = or {{.*}}i64 {{%[0-9a-z]+}}, -9223372036854775808
// CHECK-NEXT: call i64 {{%[0-9a-z]+}}(ptr nonnull [[BLOCK]], i64 [[RESUME]])
