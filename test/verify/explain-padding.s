# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Bytes of no section that are mapped with code, behind its end, are explained as padding.
#
# RUN: clang -shared -nostdlib -fuse-ld=bfd -Wl,-z,now,-z,separate-code %s -o %t.plain.so
# RUN: python3 -c 'import sys; b = bytearray(open(sys.argv[1], "rb").read()); b[0x1800:0x1803] = bytes([0x0f, 0x01, 0xef]); open(sys.argv[2], "wb").write(b)' %t.plain.so %t.so
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: :0x1800: error: WRPKRU
# CHECK: bytes: bytes of no section in a page that is mapped executable [padding]
# CHECK: {{[0-9a-f]+: 00 00 00 00 0f 01 ef 00 00 00 00 00}}
# CHECK-NEXT: {{^ {24}\^\^ \^\^ \^\^$}}
# CHECK: remedy: link with -Wl,-z,separate-code; then nothing but code and zeros
.globl start
.type start, @function
start:
    ret
.size start, . - start
.section .note.GNU-stack,"",@progbits
