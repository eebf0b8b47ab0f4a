// MPKGATE_BAN=replace turns banned assembly and intrinsics into traps; nothing of them reaches the object.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: env MPKGATE_BAN=replace %mpkcc -mpku -O0 -c %s -o %t.0
// RUN: env MPKGATE_BAN=replace %mpkcc -mpku -O2 -Rpass=mpkgate -c %s -o %t.2 2>&1 | FileCheck --check-prefix=REMARK %s
// RUN: llvm-objdump -d --no-show-raw-insn %t.0 | FileCheck --check-prefix=CODE %s
// RUN: llvm-objdump -d --no-show-raw-insn %t.2 | FileCheck --check-prefix=CODE %s
#include <immintrin.h>

int f(int x, void *p) {
    // REMARK-DAG: :[[@LINE+1]]:{{[0-9]+}}: remark: inline assembly assembles to wrpkru, replaced by a trap
    __asm__ volatile("wrpkru" ::"a"(x), "c"(0), "d"(0));
    return x;
}
int g(int x, void *p) {
    // REMARK-DAG: :[[@LINE+1]]:{{[0-9]+}}: remark: inline assembly assembles to xrstor, replaced by a trap
    __asm__ goto("xrstor %0; test %1, %1; jz %l2" ::"m"(*(char *)p), "a"(x)::out);
    return 1;
out:
    return 2;
}
void h(void) {
    // REMARK-DAG: :[[@LINE+1]]:{{[0-9]+}}: remark: call to _wrpkru, which is intrinsic llvm.x86.wrpkru, replaced by a trap
    _wrpkru(0);
}
// CODE-NOT: {{wrpkru|xrstor}}
// CODE-LABEL: <f>:
// CODE: ud2
// CODE-LABEL: <g>:
// CODE: ud2
// CODE-LABEL: <h>:
// CODE: ud2
// CODE-NOT: {{wrpkru|xrstor}}
