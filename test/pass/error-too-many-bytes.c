// Arguments beyond the size of the argument block are an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: not %mpkcc -c %s -o %t 2>&1 | FileCheck %s
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

// CHECK: error-too-many-bytes.c:[[@LINE+1]]:11: error: gate of 'f': the arguments take more than 1024 bytes
MPK_GATE("")
void f(__int128 p0, __int128 p1, __int128 p2, __int128 p3, __int128 p4, __int128 p5, __int128 p6, __int128 p7, __int128 p8, __int128 p9, __int128 p10, __int128 p11, __int128 p12, __int128 p13, __int128 p14, __int128 p15, __int128 p16, __int128 p17, __int128 p18, __int128 p19, __int128 p20, __int128 p21, __int128 p22, __int128 p23, __int128 p24, __int128 p25, __int128 p26, __int128 p27, __int128 p28, __int128 p29, __int128 p30, __int128 p31, __int128 p32, __int128 p33, __int128 p34, __int128 p35, __int128 p36, __int128 p37, __int128 p38, __int128 p39, __int128 p40, __int128 p41, __int128 p42, __int128 p43, __int128 p44, __int128 p45, __int128 p46, __int128 p47, __int128 p48, __int128 p49, __int128 p50, __int128 p51, __int128 p52, __int128 p53, __int128 p54, __int128 p55, __int128 p56, __int128 p57, __int128 p58, __int128 p59, __int128 p60, __int128 p61, __int128 p62, __int128 p63, __int128 p64);

void use(void) {
    f(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
}
