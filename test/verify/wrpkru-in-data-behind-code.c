// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: data behind the code in the same file page is mapped executable with it, and found.
//
// RUN: clang -O1 -fPIC -shared -fuse-ld=lld -Wl,-z,now %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
// CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
// CHECK: bytes: data of .data in a page that is mapped executable, because code lies in it too [data-beside-code]
unsigned char hidden_in_data[] = {0xb8, 42, 0, 0, 0, 0xc3, 0x0f, 0x01, 0xef, 0xc3};

int function(void) {
    return hidden_in_data[0];
}
