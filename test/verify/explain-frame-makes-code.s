# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# An FDE alone, without symbol, shows that bytes are code.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code,-s %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK-NEXT: at: offset 0x{{[0-9a-f]+}}, address 0x{{[0-9a-f]+$}}
# CHECK-NEXT: bytes: the instruction itself [intended]
hidden:
    .cfi_startproc
    xorl %ecx, %ecx
    wrpkru
    ret
    .cfi_endproc
.section .note.GNU-stack,"",@progbits
