# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A3: XRSTOR with every addressing mode, and XRSTOR64, is found.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: error: XRSTOR (0f ae 28) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 29) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 2a) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 2b) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 2c) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 2d) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 2e) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 2f) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 68) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 69) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 6a) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 6b) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 6c) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 6d) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 6e) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 6f) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae a8) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae a9) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae aa) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae ab) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae ac) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae ad) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae ae) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae af) in an executable page [MPK002]
# CHECK: error: XRSTOR (0f ae 2f) in an executable page [MPK002]
# CHECK: 48 0f ae 2f  xrstor64
.globl start
.type start, @function
start:
.irp base, 0x28, 0x68, 0xa8
.irp low, 0, 1, 2, 3, 4, 5, 6, 7
    .byte 0x0f, 0xae, \base + \low
    .fill 8, 1, 0
.endr
.endr
    xrstor64 (%rdi)
    ret
.size start, . - start
.section .note.GNU-stack,"",@progbits
