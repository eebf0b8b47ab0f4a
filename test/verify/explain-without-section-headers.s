# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# In a file without section headers the unwind tables, found by the program headers, still tell what is code.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code,-s %s -o %t.whole.so
# RUN: python3 %inputs/elfpatch.py %t.whole.so %t.so ehdr.e_shoff=0 ehdr.e_shnum=0 ehdr.e_shstrndx=0
# RUN: sh %inputs/exits.sh 1 %mpk-verify %t.so > %t.out
# RUN: FileCheck --strict-whitespace --implicit-check-not=" error: " %s < %t.out
# CHECK: :0x{{[0-9a-f]+}}: error: WRPKRU (0f 01 ef) in an executable page [MPK001]
# CHECK: bytes: the instruction itself [intended]
# CHECK: 31 c9 {{ *}}xor %ecx, %ecx
# CHECK: 0f 01 ef {{ *}}wrpkru
hidden:
    .cfi_startproc
    xorl %ecx, %ecx
    wrpkru
    ret
    .cfi_endproc
.section .note.GNU-stack,"",@progbits
