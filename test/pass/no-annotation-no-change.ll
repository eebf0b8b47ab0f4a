; Without annotation and hit, the module is the same but for the note.
; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; RUN: opt -load-pass-plugin=%pass -passes=mpkgate -S %s -o - | grep -v -e "^@mpkgate.note" -e "^@llvm.compiler.used" -e "^; ModuleID" > %t.with
; RUN: opt -passes=verify -S %s -o - | grep -v "^; ModuleID" > %t.without
; RUN: diff -B %t.without %t.with
; RUN: opt -load-pass-plugin=%pass -passes=mpkgate -S %s | FileCheck %s

target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"

; CHECK: @mpkgate.note = private unnamed_addr constant { i32, i32, i32, [8 x i8], [4 x i32], [28 x i8] } { i32 8, i32 44, i32 1, [8 x i8] c"MPKGate\00", [4 x i32] [i32 1, i32 0, i32 {{19|22}}, i32 0], [28 x i8] c"no-annotation-no-change.ll\00\00" }, section ".note.mpkgate", no_sanitize_address{{.*}}, align 4
; CHECK: @llvm.compiler.used = appending global [1 x ptr] [ptr @mpkgate.note], section "llvm.metadata"

@text = private unnamed_addr constant [4 x i8] c"abc\00", align 1
@other = private unnamed_addr constant [5 x i8] c"note\00", section "llvm.metadata"
@file = private unnamed_addr constant [4 x i8] c"a.c\00", section "llvm.metadata"
@llvm.global.annotations = appending global [1 x { ptr, ptr, ptr, i32, ptr }] [{ ptr, ptr, ptr, i32, ptr } { ptr @f, ptr @other, ptr @file, i32 1, ptr null }], section "llvm.metadata"

declare i32 @puts(ptr)

define i32 @f(ptr %p, i32 %n) {
  %i = getelementptr i32, ptr %p, i32 %n
  %v = load i32, ptr %i
  %s = add i32 %v, 123456789
  %r = call i32 @puts(ptr @text)
  call void asm sideeffect "nop", ""()
  switch i32 %s, label %a [ i32 5, label %b ]

a:
  ret i32 %r

b:
  ret i32 65536
}
