// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: WRPKRU inside a constant is found, and explained with function, source line and instruction.
//
// RUN: clang -O1 -g -fPIC -shared -Wl,-z,now,-z,separate-code %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=' error: ' %s < %t.out
// CHECK: :.text+0x{{[0-9a-f]+}}: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
// CHECK: at: offset 0x{{[0-9a-f]+}}, address 0x{{[0-9a-f]+}}, symbol hidden_in_constant+0x1
// CHECK: source: {{.*}}wrpkru-in-immediate.c:[[#@LINE+6]]
// CHECK: bytes: an immediate operand [immediate]
// CHECK: b8 0f 01 ef 00 {{ *}}mov $0xef010f, %eax
// CHECK-NEXT: {{^ {15}\^\^ \^\^ \^\^$}}
// CHECK: remedy: load the constant from .rodata
int hidden_in_constant(void) {
    return 0x00ef010f;
}
