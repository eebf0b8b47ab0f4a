// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bytes of the neighbouring segment that share a page of the file with code, and so are mapped executable,
// are not in the copy of the page that is mapped afterwards; the neighbour keeps them.
//
// lld packs segments in the file.
// RUN: clang -O1 -fPIE -pie -fuse-ld=lld -Wl,-z,now %s -o %t
// RUN: sh %inputs/same.sh %mpk-rewrite %mpk-verify %t > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: WRPKRU at {{.*}}: page-copy [data-beside-code]
// CHECK-NEXT: the page at 0x{{.*}} is mapped from a copy that has only the segment's own bytes
// CHECK: 1 pattern, 0 left
// CHECK: same output: 1 lines, status 0
#include <stdio.h>

const unsigned char last[64] = {[60] = 0x0f, 0x01, 0xef, 7};

int main(void) {
    printf("%d\n", last[62]);
    return 0;
}
