// MPKGATE_BAN=replace puts a trap in place of the line of file-scope assembly; its symbols stay.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: env MPKGATE_BAN=replace %mpkcc -c %s -o %t
// RUN: llvm-objdump -d --no-show-raw-insn %t | FileCheck %s
__asm__(".globl f\n"
        "f:\n"
        "    xor %ecx, %ecx\n"
        "    wrpkru\n"
        "    ret\n");
__asm__(".macro evil\n.byte 0x0f, 0x01\n.byte 0xef\n.endm\n"
        "g:\n"
        "evil\n"
        "ret\n");
// CHECK-LABEL: <f>:
// CHECK-NEXT: xorl
// CHECK-NEXT: ud2
// CHECK-NEXT: ret
// CHECK-LABEL: <g>:
// CHECK-NEXT: ud2
// CHECK-NEXT: ret
