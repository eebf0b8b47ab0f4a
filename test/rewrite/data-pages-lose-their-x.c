// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Data in pages of an executable segment that hold no code is not executable any more, and no byte of it
// changes.
//
// One segment for all that is not writable, as older linkers make it.
// RUN: clang -O1 -fPIE -pie -fuse-ld=bfd -Wl,-z,now,-z,noseparate-code %s -o %t
// RUN: sh %inputs/same.sh %mpk-rewrite %mpk-verify %t > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: .rodata+{{.*}} WRPKRU at {{.*}}, table+0x4000: data-page [data-page]
// CHECK-NEXT: the pages from 0x{{.*}}, which hold no code, are not executable any more
// CHECK: XRSTOR at {{.*}}, table+0x5000: beside [data-page]
// CHECK-NEXT: gone with the change for another one on its page
// CHECK: 2 patterns, 0 left
// CHECK: same output: 1 lines
// RUN: llvm-readelf -lW %t.new | FileCheck --check-prefix=HEADERS %s
// HEADERS: LOAD {{.*}} R E 0x1000
// HEADERS-NEXT: LOAD {{.*}} R 0x1000
#include <stdio.h>

__attribute__((aligned(4096)))
const unsigned char table[0x8000] = {[0x4000] = 0x0f, 0x01, 0xef, [0x5000] = 0x0f, 0xae, 0x28, [0x7fff] = 1};

int main(void) {
    unsigned sum = 0;
    for (unsigned i = 0; i < sizeof(table); i++)
        sum = sum * 31 + table[i];
    printf("%u\n", sum);
    return 0;
}
