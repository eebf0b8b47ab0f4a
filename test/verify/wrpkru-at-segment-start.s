# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU in the first three bytes of an executable segment (offset 0 of the page) is found.
#
# RUN: clang -shared -nostdlib -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: :.text+0x0: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: at: offset 0x1000, address 0x1000
.globl start
start:
    wrpkru
    ret
.section .note.GNU-stack,"",@progbits
