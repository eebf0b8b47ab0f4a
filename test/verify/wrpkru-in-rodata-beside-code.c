// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: in lld's default layout .rodata shares a page with code, and can be executed; with separate-code it
// cannot.
//
// RUN: clang -O1 -fPIC -shared -fuse-ld=lld -Wl,-z,now,-z,separate-code %s -o %t.separate.so
// RUN: sh %inputs/exits.sh 0 %mpk-verify %t.separate.so
// RUN: clang -O1 -fPIC -shared -fuse-ld=lld -Wl,-z,now %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
// CHECK: :.rodata+0x6: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
// CHECK: symbol hidden_in_data+0x6
// CHECK: bytes: data of .rodata in a page that is mapped executable, because code lies in it too [data-beside-code]
// CHECK: remedy: link with -Wl,-z,separate-code
const unsigned char hidden_in_data[] = {0xb8, 42, 0, 0, 0, 0xc3, 0x0f, 0x01, 0xef, 0xc3};

int function(void) {
    return hidden_in_data[0];
}
