; A musttail call stays one, with the calling convention of the declaration.
; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; RUN: opt -load-pass-plugin=%pass -passes=mpkgate -S %s | FileCheck %s

target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

@gate.2 = private unnamed_addr constant [22 x i8] c"mpkgate:class(crypto)\00", section "llvm.metadata"
@file = private unnamed_addr constant [4 x i8] c"a.c\00", section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @sign, ptr @gate.2, ptr @file, i32 1, ptr null }], section "llvm.metadata"

declare fastcc i32 @sign(i32 inreg, i8 zeroext)

; CHECK: define fastcc i32 @f(
; CHECK: musttail call fastcc i32 @__mpkgate_thunk.sign.{{[0-9a-f]+}}(i32 inreg %a, i8 zeroext %b)
; CHECK-NEXT: ret i32
; CHECK: define linkonce_odr hidden fastcc i32 @__mpkgate_thunk.sign.{{[0-9a-f]+}}(i32 inreg %{{.*}}, i8 zeroext %{{.*}})
define fastcc i32 @f(i32 inreg %a, i8 zeroext %b) {
  %r = musttail call fastcc i32 @sign(i32 inreg %a, i8 zeroext %b)
  ret i32 %r
}
