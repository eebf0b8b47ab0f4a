; A blinded constant is a bitcast, which no later pass folds, and an exclusive or.
; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; RUN: opt -load-pass-plugin=%pass -passes=mpkgate -S %s | FileCheck %s

target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"


; CHECK-LABEL: define i32 @f(
; CHECK-NEXT: [[HALF:%.*]] = bitcast i32 [[#VALUE:]] to i32
; CHECK-NEXT: [[WHOLE:%.*]] = xor i32 [[HALF]], [[#MASK:]]
; CHECK-NEXT: ret i32 [[WHOLE]]
define i32 @f() {
  ret i32 15663375
}

; The mask does not touch what may stay.
; CHECK-LABEL: define i32 @g(
; CHECK-NEXT: add i32 %x, 15663116
; CHECK-NEXT: ret
define i32 @g(i32 %x) {
  %s = add i32 %x, 15663116
  ret i32 %s
}

; A block listed twice brings the same value.
; CHECK-LABEL: define i32 @h(
; CHECK: xor i32
; CHECK-NEXT: switch i32 %x
; CHECK: phi i32 [ [[V:%.*]], %0 ], [ [[V]], %0 ], [ 1, %a ]
define i32 @h(i32 %x) {
  switch i32 %x, label %a [ i32 1, label %b
                            i32 2, label %b ]

a:
  br label %b

b:
  %r = phi i32 [ 15663375, %0 ], [ 15663375, %0 ], [ 1, %a ]
  ret i32 %r
}
