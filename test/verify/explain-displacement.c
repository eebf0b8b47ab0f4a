// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: WRPKRU in the offset of a member of a structure is explained as a displacement.
//
// RUN: clang -O2 -fPIC -shared -Wl,-z,now,-z,separate-code %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
// CHECK: symbol far_member+0x{{[0-9a-f]+$}}
// CHECK: bytes: a displacement [displacement]
// CHECK: 0f b{{[6e]}} 87 0f 01 ef 00 {{ *}}mov{{.*}} 0xef010f(%rdi), %eax
// CHECK-NEXT: {{^ {21}\^\^ \^\^ \^\^$}}
// CHECK-NEXT: c3 {{ *}}ret
// CHECK-NEXT: remedy: change the layout of the structure
struct far {
    char padding[0xef010f];
    char member;
};

int far_member(const struct far *far) {
    return far->member;
}
