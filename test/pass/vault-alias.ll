; A gated alias is exported under its own name.
; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; RUN: opt -load-pass-plugin=%pass -passes=mpkgate -S %s | FileCheck %s

target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

@gate = private unnamed_addr constant [9 x i8] c"mpkgate:\00", section "llvm.metadata"
@file = private unnamed_addr constant [4 x i8] c"a.c\00", section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @second, ptr @gate, ptr @file, i32 7, ptr null }], section "llvm.metadata"

; CHECK-DAG: @mpkgate.name = private unnamed_addr constant [7 x i8] c"second\00"
; CHECK-DAG: @__mpkgate_export.second = private constant
; CHECK: define internal void @__mpkgate_call.second(
; CHECK: call i32 @second(i32
@second = alias i32 (i32), ptr @first

define i32 @first(i32 %a) {
  ret i32 %a
}
