// A call in a client goes through a thunk: block, slot, gate, refused value; at -O0 and -O2.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O0 -S -emit-llvm %s -o - | FileCheck %s
// RUN: %mpkcc -O2 -S -emit-llvm %s -o - | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("in(1,len=2) out(3,cap=4,len=5) refused(-135)")
int32_t sign(uint32_t key, const uint8_t *hash, size_t hash_length, uint8_t *signature, size_t signature_size,
             size_t *signature_length);

int32_t f(uint8_t *out, size_t *used) {
    return sign(1, out, 32, out, 64, used);
}
// The slot: zero, writable, hidden; the seal writes it.
// CHECK-DAG: @[[SLOT:__mpkgate_slot.sign.[0-9a-f]+]] = linkonce_odr hidden externally_initialized global { i64, i64 } zeroinitializer, {{.*}}comdat(${{.*}}), align 16
// CHECK-DAG: @[[NAME:mpkgate.name]] = private unnamed_addr constant [5 x i8] c"sign\00"
// CHECK-DAG: @[[IMPORT:__mpkgate_import.sign.[0-9a-f]+]] = private constant { i32, i32, i64 } { i32 trunc (i64 sub (i64 ptrtoint (ptr @[[NAME]] to i64), i64 ptrtoint (ptr @[[IMPORT]] to i64)) to i32), i32 trunc (i64 sub (i64 ptrtoint (ptr @[[SLOT]] to i64), i64 ptrtoint (ptr getelementptr inbounds ({{.*}}@[[IMPORT]], {{.*}}) to i64)) to i32), i64 {{-?[0-9]+}} }, section "mpkgate_imports", {{.*}}comdat(${{.*}}), align 8
// CHECK-DAG: @llvm.used = appending global {{.*}}@[[IMPORT]]
// CHECK-NOT: @llvm.global.annotations
// CHECK-LABEL: @f(
// CHECK: call i32 @[[THUNK:__mpkgate_thunk.sign.[0-9a-f]+]](
// CHECK: define linkonce_odr hidden {{.*}}i32 @[[THUNK]](i32 %{{.*}}, ptr %{{.*}}, i64 %{{.*}}, ptr %{{.*}}, i64 %{{.*}}, ptr %{{.*}}) {{.*}}#[[ATTRIBUTES:[0-9]+]] comdat
// CHECK: alloca { i32, i32, ptr, i64, ptr, i64, ptr }
// CHECK: load volatile i64, ptr
// CHECK: load volatile i64, ptr
// CHECK: icmp eq i64 {{.*}}, 0
// CHECK: call i64 %{{.*}}(ptr {{.*}}, i64 {{.*}})
// CHECK: i32 -135
// CHECK: call void @llvm.trap()
// CHECK-NOT: @sign(
// CHECK: attributes #[[ATTRIBUTES]] = {{{.*}}noinline nounwind
