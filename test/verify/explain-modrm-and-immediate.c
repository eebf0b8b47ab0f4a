// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: WRPKRU that begins in ModRM and ends in an immediate is explained as such.
//
// RUN: clang -O2 -fPIC -shared -Wl,-z,now,-z,separate-code %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
// CHECK: bytes: ModRM and immediate of one instruction [modrm-sib]
// CHECK: 81 0f 01 ef 00 12 {{ *}}or{{l?}} $0x1200ef01, (%rdi)
// CHECK-NEXT: {{^ {15}\^\^ \^\^ \^\^$}}
// CHECK: remedy: use other registers or another constant
void set_bits(unsigned *bits) {
    *bits |= 0x1200ef01;
}
