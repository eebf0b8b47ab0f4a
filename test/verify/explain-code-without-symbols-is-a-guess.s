# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Where no FDE and no function symbol covers the code, fields are told as a guess, and WRPKRU is never called the
# instruction itself.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: symbol start+0x1
# CHECK: bytes: an immediate operand (a guess: no FDE and no FUNC symbol covers them) [immediate]
# CHECK: b8 0f 01 ef 00 {{ *}}mov $0xef010f, %eax
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: bytes: data among code: decodes as the instruction itself, but no FDE and no FUNC symbol covers it [table]
# CHECK: 0f 01 ef {{ *}}wrpkru
# CHECK: remedy: if these are data{{.*}}; if it is code, give it .type NAME, @function
.globl start
start:
    movl $0xef010f, %eax
    xorl %ecx, %ecx
    xorl %edx, %edx
    wrpkru
    ret
.section .note.GNU-stack,"",@progbits
