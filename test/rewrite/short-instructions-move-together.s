// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a pattern spans instructions that are all too short for a jump, several are moved, if nothing can enter between them.
//
// RUN: clang -x assembler-with-cpp -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t
// RUN: sh %inputs/same.sh %mpk-rewrite %mpk-verify %t > %t.out
// RUN: FileCheck %s < %t.out
// CHECK: XRSTOR at {{.*}}, together+0x2: moved [spanning]
// CHECK-NEXT: 2 instructions moved
// CHECK: same output: 0 lines, status 1
//
// With a branch to the second one.
// RUN: clang -DENTERED -x assembler-with-cpp -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t.entered
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t.entered -o %t.entered.new | FileCheck --check-prefix=ENTERED %s
// ENTERED: together+{{.*}}: left [spanning]
// ENTERED-NEXT: a branch leads between the instructions
//
// With a jump whose targets are not known.
// RUN: clang -DINDIRECT -x assembler-with-cpp -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t.indirect
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t.indirect -o %t.indirect.new | FileCheck --check-prefix=INDIRECT %s
// INDIRECT: together+{{.*}}: left [spanning]
// INDIRECT-NEXT: the function has an indirect jump, whose targets are not known
//
// Without the symbols that would tell of other parts of the function.
// RUN: llvm-strip %t -o %t.stripped
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t.stripped -o %t.stripped.new | FileCheck --check-prefix=STRIPPED %s
// STRIPPED: left [spanning]
// STRIPPED-NEXT: the function may have parts elsewhere that jump into it
//
// In a file with landing pads, which no branch tells of.
// RUN: clang -DPADS -x assembler-with-cpp -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t.pads
// RUN: sh %src_root/test/verify/Inputs/exits.sh 1 %mpk-rewrite %t.pads -o %t.pads.new | FileCheck --check-prefix=PADS %s
// PADS: together+{{.*}}: left [spanning]
// PADS-NEXT: the file has landing pads, where exceptions could enter
#ifdef PADS
.section .gcc_except_table,"a",@progbits
    .byte 0
#endif
.text
.type together, @function
together:
    .cfi_startproc
#ifdef ENTERED
    test %edi, %edi
    je 1f
#endif
#ifdef INDIRECT
    lea 1f(%rip), %rax
    test %edi, %edi
    je 2f
    jmp *%rax
2:
#endif
    mov $0xae0f, %ax               // 66 b8 0f ae
1:  sub %al, (%rdi)                // 28 07
    movzbl (%rdi), %eax
    ret
    .cfi_endproc
.size together, . - together
.globl main
.type main, @function
main:
    .cfi_startproc
    push %rbx
    movb $0x10, (%rsp)
    mov %rsp, %rdi
    call together
    pop %rbx
    ret
    .cfi_endproc
.size main, . - main
.section .note.GNU-stack,"",@progbits
