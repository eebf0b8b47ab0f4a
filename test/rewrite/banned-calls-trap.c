// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Without an option a call of pkey_set ends the program by SIGILL; what does not call it goes on as before.
//
// RUN: clang -O1 -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: %mpk-rewrite %t -o %t.new | FileCheck %s
// CHECK: reference to pkey_set at 0x{{.*}}: trap
// CHECK-NEXT: bound to a stub at 0x{{.*}} of the object's own, which ends the program
// RUN: %t.new
// RUN: sh %src_root/test/verify/Inputs/exits.sh 132 sh -c '"$0" call; exit $?' %t.new
#define _GNU_SOURCE
#include <sys/mman.h>

int main(int argc, char **argv) {
    (void)argv;
    return argc > 1 ? pkey_set(1, 0) : 0;
}
