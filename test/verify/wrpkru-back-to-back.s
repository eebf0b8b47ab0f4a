# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: hits that follow each other at once are all found.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: :.text+[[#%#x,FIRST:]]: error: WRPKRU
# CHECK: :.text+[[#%#x,FIRST+3]]: error: WRPKRU
# CHECK: :.text+[[#%#x,FIRST+6]]: error: XRSTOR (0f ae 28)
.globl start
start:
    wrpkru
    wrpkru
    xrstor (%rax)
    ret
.section .note.GNU-stack,"",@progbits
