// A definition gets a stub, an argument table and an export record in the section of its class.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %mpkcc -O2 -S -emit-llvm %s -o - | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);
MPK_GATE("class(manage) str(0,max=16)") void name(const char *name);
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length) {
    return *signature_length = key + hash[0] + hash_length + signature[0] + signature_size;
}
void name(const char *name) {
    *(volatile char *)name;
}
// Block: { i32 at 0, key 4, hash 8, length 16, signature 24, size 32, length pointer 40 }: 48 bytes.
// CHECK-DAG: @[[TABLE:mpkgate.arguments[.0-9]*]] = private constant [3 x { i32, i32, i32, i32, i8, i8, i8, i8 }] [{{.*}} { i32 8, i32 16, i32 1, i32 -1, i8 1, i8 1, i8 8, i8 0 }, {{.*}} { i32 24, i32 32, i32 1, i32 40, i8 2, i8 1, i8 8, i8 0 }, {{.*}} { i32 40, i32 8, i32 1, i32 -1, i8 2, i8 0, i8 0, i8 0 }], {{.*}}align 4
// CHECK-DAG: @[[EXPORT:__mpkgate_export.sign]] = private constant { i32, i32, i32, i32, i32, i32, i32, i32, i64 } { i32 trunc {{.*}}, i32 trunc {{.*}}@__mpkgate_call.sign{{.*}}, i32 trunc {{.*}}@[[TABLE]]{{.*}}, i32 3, i32 48, i32 0, i32 4, i32 0, i64 {{-?[0-9]+}} }, section "mpkgate_exports_crypto", {{.*}}align 8
// CHECK-DAG: @__mpkgate_export.name = private constant {{.*}}, i32 1, i32 8, i32 0, i32 0, i32 0, i64 {{-?[0-9]+}} }, section "mpkgate_exports_manage", {{.*}}align 8
// CHECK-DAG: private constant [1 x { i32, i32, i32, i32, i8, i8, i8, i8 }] [{{.*}} { i32 0, i32 16, i32 1, i32 -1, i8 1, i8 2, i8 0, i8 0 }], {{.*}}align 4
// CHECK-DAG: @llvm.used = appending global {{.*}}@[[EXPORT]]
// CHECK: define {{.*}}i32 @sign(
// CHECK: define internal void @__mpkgate_call.sign(ptr
