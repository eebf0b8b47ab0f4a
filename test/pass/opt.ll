; opt runs the pass by name, and its output verifies.
; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; RUN: opt -load-pass-plugin=%pass -passes=mpkgate,verify -S %s | FileCheck %s

target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

@gate = private unnamed_addr constant [21 x i8] c"mpkgate:in(0,size=4)\00", section "llvm.metadata"
@file = private unnamed_addr constant [4 x i8] c"a.c\00", section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @sign, ptr @gate, ptr @file, i32 7, ptr null }], section "llvm.metadata"

declare i32 @sign(ptr)

; CHECK: @table = global [2 x ptr] [ptr @[[THUNK:__mpkgate_thunk.sign.[0-9a-f]+]], ptr null]
@table = global [2 x ptr] [ptr @sign, ptr null]

; CHECK-LABEL: define i32 @f(
; CHECK: call i32 @[[THUNK]](ptr %p)
define i32 @f(ptr %p) noinline optnone {
  %r = call i32 @sign(ptr %p)
  ret i32 %r
}
