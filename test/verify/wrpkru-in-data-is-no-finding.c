// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes that are mapped in no executable page are no finding.
//
// RUN: clang -O1 -fPIC -shared -Wl,-z,now,-z,separate-code %s -o %t.so
// RUN: sh %inputs/exits.sh 0 %mpk-verify %t.so > %t.out
// RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
// CHECK: clean, as a client library
const unsigned char constant[] = {0x0f, 0x01, 0xef};
unsigned char variable[] = {0x0f, 0x01, 0xef, 0x0f, 0xae, 0x28};
