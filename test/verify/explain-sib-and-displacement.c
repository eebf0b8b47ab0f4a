// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: WRPKRU that begins in SIB and ends in a displacement is explained as such.
//
// RUN: clang -O2 -fPIC -shared -Wl,-z,now,-z,separate-code %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
// CHECK: bytes: SIB and displacement of one instruction [modrm-sib]
// CHECK: 84 0f 01 ef 00 12 {{ *}}mov{{.*}} 0x1200ef01(%rdi,%rcx,1), %eax
// CHECK-NEXT: {{^ {21}\^\^ \^\^ \^\^$}}
// CHECK: remedy: use other registers or another constant
int far_element(const char *base, long unused1, long unused2, long index) {
    (void)unused1;
    (void)unused2;
    return base[index + 0x1200ef01];
}
