// A remark names each blinded constant.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -Rpass=mpkgate -c %s -o %t 2>&1 | FileCheck %s

unsigned f(unsigned x) {
    // CHECK: blind-remark.c:[[@LINE+1]]:14: remark: constant split: its encoding would spell a banned instruction [-Rpass=mpkgate]
    return x ^ 0x00ef010f;
}
