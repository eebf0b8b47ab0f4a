// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data that lld puts into the code's segment, but on a page without code, are told from data beside code.
//
// RUN: clang -O1 -fPIC -shared -fuse-ld=lld -Wl,-z,now,--no-rosegment %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// CHECK: :.rodata+0x4000: error: WRPKRU
// CHECK: bytes: data of .rodata in a page that is mapped executable, though no code lies in it [data-page]
// CHECK: {{[0-9a-f]+: 00 00 00 00 0f 01 ef 00 00 00 00 00}}
// CHECK-NEXT: {{^ {24}\^\^ \^\^ \^\^$}}
// CHECK-NEXT: remedy: link with -Wl,-z,separate-code, so that the page
const unsigned char numbers[32768]
    __attribute__((aligned(4096))) = {[0x4000] = 0x0f, [0x4001] = 0x01, [0x4002] = 0xef};

int function(int index) {
    return numbers[index];
}
