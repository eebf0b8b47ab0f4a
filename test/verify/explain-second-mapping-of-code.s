# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A hit in a page of the file that is mapped twice is explained at both addresses by the code that it is.
#
# RUN: clang -shared -nostdlib -fuse-ld=bfd -Wl,-z,now,-z,separate-code -Wl,--section-start=.near=0x100000 -Wl,--section-start=.far=0x200800 %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: :.near+0x1: error: WRPKRU
# CHECK: address 0x100001, symbol constant+0x1
# CHECK: bytes: an immediate operand [immediate]
# CHECK: :.near+0x1: error: WRPKRU
# CHECK: address 0x200001, symbol constant+0x1
# CHECK: bytes: an immediate operand, in a page that is mapped a second time at another address [immediate]
.section .near,"ax",@progbits
.globl constant
.type constant, @function
constant:
    movl $0xef010f, %eax
    ret
.size constant, . - constant
.section .far,"ax",@progbits
    ret
.section .note.GNU-stack,"",@progbits
