// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data on a page that holds code too are told from data on a page of their own.
//
// RUN: clang -O1 -fPIC -shared -fuse-ld=lld -Wl,-z,now,--no-rosegment %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// CHECK: :.rodata+0x0: error: WRPKRU
// CHECK: bytes: data of .rodata in a page that is mapped executable, because code lies in it too [data-beside-code]
// CHECK: remedy: link with -Wl,-z,separate-code, so that code shares no page
const unsigned char numbers[] = {0x0f, 0x01, 0xef};

int function(int index) {
    return numbers[index];
}
