# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A2: WRPKRU in the distance from an instruction to far data, as the linker makes it, is explained as such.
#
# RUN: clang -shared -nostdlib -fuse-ld=bfd -Wl,-z,now,-z,separate-code -Wl,--section-start=.near=0x100000 -Wl,--section-start=.far=0xff0115 %s -o %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: symbol loads+0x2
# CHECK: bytes: a RIP-relative displacement, made by the linker [rip-displacement]
# CHECK: 100000: 8b 05 0f 01 ef 00  {{ *}}mov 0xef010f(%rip), %eax
# CHECK-NEXT: {{^ {18}\^\^ \^\^ \^\^$}}
# CHECK-NEXT: 100006: c3 {{ *}}ret
# CHECK-NEXT: remedy: relink in another order
.section .near,"ax",@progbits
.globl loads
.type loads, @function
loads:
    movl far(%rip), %eax
    ret
.size loads, . - loads
.section .far,"aw",@progbits
.hidden far
.globl far
far:
    .long 1
.section .note.GNU-stack,"",@progbits
