# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Bytes that an OBJECT symbol covers are data among code, even though they decode as WRPKRU.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: symbol numbers+0x0
# CHECK: bytes: data among code: an OBJECT symbol covers it [table]
# CHECK: {{[0-9a-f]+}}: 90 90 90 c3 0f 01 ef c3
# CHECK-NEXT: ^^ ^^ ^^
# CHECK: remedy: if these are data, move them to .rodata
.globl before
.type before, @function
before:
    nop
    nop
    nop
    ret
.size before, . - before
.globl numbers
.type numbers, @object
numbers:
    .byte 0x0f, 0x01, 0xef, 0xc3
.size numbers, . - numbers
.section .note.GNU-stack,"",@progbits
