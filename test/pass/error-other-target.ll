; A module for another architecture is an error.
; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; RUN: not opt -load-pass-plugin=%pass -passes=mpkgate -disable-output %s 2>&1 | FileCheck %s

target triple = "aarch64-unknown-linux-gnu"
; CHECK: error: {{.*}}: MPKGate needs x86-64: protection keys for user pages exist nowhere else
