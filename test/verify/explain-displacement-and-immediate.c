// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A2: XRSTOR that begins in a displacement and ends in an immediate is explained as such.
//
// RUN: clang -O2 -fPIC -shared -Wl,-z,now,-z,separate-code %s -o %t.so
// RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
// RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
// CHECK: error: XRSTOR (0f ae 28) in an executable page [MPK002]
// CHECK: bytes: displacement and immediate of one instruction [mixed]
// CHECK: c7 47 0f ae 28 34 12 {{ *}}mov{{l?}} $0x123428ae, 0xf(%rdi)
// CHECK-NEXT: {{^ {18}\^\^ \^\^ \^\^$}}
// CHECK: remedy: use another constant or another layout
struct __attribute__((packed)) record {
    char head[15];
    unsigned number;
};

void set_number(struct record *record) {
    record->number = 0x123428ae;
}
