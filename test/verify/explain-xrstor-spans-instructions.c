// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: XRSTOR that begins in an immediate and ends in the next instruction is explained as such, without the
// remedy that is WRPKRU's alone.
//
// RUN: clang -O2 -fPIC -shared -Wl,-z,now,-z,separate-code %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// CHECK: error: XRSTOR (0f ae 29) in an executable page [MPK002]
// CHECK: bytes: bytes that span 2 instructions [spanning]
// CHECK: 34 12 0f ae {{ *}}xor $0xae0f1234, %e{{..}}
// CHECK-NEXT: ^^ ^^
// CHECK-NEXT: 29 f0 {{ *}}sub %esi, %eax
// CHECK-NEXT: {{^ {12}\^\^$}}
// CHECK-NOT: 03 fd
// CHECK: remedy: put a nop between the instructions, or change
unsigned mix(unsigned unused, unsigned subtrahend, unsigned value) {
    (void)unused;
    return (value ^ 0xae0f1234U) - subtrahend;
}
