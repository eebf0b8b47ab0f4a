# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A3: LFENCE, INCSSP, FXRSTOR, XSAVE, LDMXCSR, CLFLUSH and RDPKRU are no findings.
#
# RUN: clang -shared -Wl,-z,now,-z,separate-code %s -o %t.so
# RUN: sh %inputs/exits.sh 0 %mpk-verify %t.so > %t.out
# RUN: FileCheck --implicit-check-not=' error: ' %s < %t.out
# CHECK: clean, as a client library
.globl start
start:
    lfence
    .byte 0xf3, 0x48, 0x0f, 0xae, 0xe8
    mfence
    sfence
    fxrstor (%rdi)
    xsave (%rdi)
    xsaveopt (%rdi)
    ldmxcsr (%rdi)
    clflush (%rdi)
    rdpkru
    ret
.section .note.GNU-stack,"",@progbits
