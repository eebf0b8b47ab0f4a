; A vector of pointers cannot go through a gate.
; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; RUN: not opt -load-pass-plugin=%pass -passes=mpkgate -disable-output %s 2>&1 | FileCheck %s

target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

@gate = private unnamed_addr constant [23 x i8] c"mpkgate: class(crypto)\00", section "llvm.metadata"
@file = private unnamed_addr constant [4 x i8] c"a.c\00", section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @f, ptr @gate, ptr @file, i32 7, ptr null }], section "llvm.metadata"

; CHECK: error: a.c:7:1: in function f {{.*}}gate of 'f': argument 0 has a type that a gate cannot carry
declare void @f(<2 x ptr>)

define ptr @use() {
  ret ptr @f
}
