// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Branches and RIP-relative operands whose distance is a pattern go by way of added code, and a call leaves the same return
// address on the stack as before.
//
// RUN: clang -fPIE -pie -Wl,-z,now,-z,separate-code %s -o %t -Wl,--section-start=.near1=0x20000,--section-start=.far1=0xf10114 \
// RUN:   -Wl,--section-start=.near2=0x21000,--section-start=.far2=0x2abe14,--section-start=.near3=0x22000,--section-start=.far3=0xf12117 \
// RUN:   -Wl,--section-start=.near4=0x23000,--section-start=.var4=0x2ade15,--section-start=.near5=0x24000,--section-start=.var5=0xf14115 \
// RUN:   -Wl,--section-start=.near6=0x25000,--section-start=.var6=0x2afe16,--section-start=.near7=0x26000,--section-start=.var7=0xf16115
// RUN: sh %inputs/same.sh %mpk-rewrite %mpk-verify %t > %t.out
// RUN: FileCheck %s < %t.out
//
// CHECK: near1+0x1: thunk [branch]
// CHECK-NEXT: the branch at 0x20000 to 0xf10114 goes by way of 0x[[T1:[0-9a-f]+]]
// CHECK-NEXT: - {{.*}} e8 0f 01 ef 00 call 0xf10114
// CHECK: + 20000: e8 {{.*}} call 0x[[T1]]
// CHECK-NEXT: + [[T1]]: e9 {{.*}} jmp 0xf10114
// CHECK: near2+0x1: thunk [branch]
// CHECK: + 21000: e9
// CHECK: near3+0x4: thunk [branch]
// CHECK: + 22002: 0f 85
// CHECK: near4+0x2: moved [rip-displacement]
// CHECK: + 23000: e9
// CHECK-NEXT: + {{.*}} mov {{.*}}(%rip), %eax
// CHECK-NEXT: + {{.*}} jmp 0x23006
// CHECK: near5+0x2: thunk [rip-displacement]
// CHECK: + 24000: 67 e8
// CHECK-NEXT: + {{.*}} ff 25 {{.*}} jmp {{.*}}(%rip)
// CHECK: near6+0x2: moved [rip-displacement]
// CHECK: near7+0x2: moved [rip-displacement]
//
// The linker lets two segments share a page of the file: near7 is mapped a second time.
// CHECK: near7+0x2: beside [rip-displacement]
// CHECK: 8 patterns, 0 left
// CHECK: same output: 8 lines, status 0

.macro begin number
.section .near\number,"ax",@progbits
.type near\number, @function
near\number:
    .cfi_startproc
.endm
.macro end number
    .cfi_endproc
.size near\number, . - near\number
.endm

begin 1
    call far1
    ret
end 1
begin 2
    jmp far2
end 2
begin 3
    test %edi, %edi
    jne far3
    mov $5, %eax
    ret
end 3
begin 4
    mov var4(%rip), %eax
    ret
end 4
begin 5
    call *var5(%rip)
    ret
end 5
begin 6
    cmpl $7, var6(%rip)
    sete %al
    movzbl %al, %eax
    ret
end 6
begin 7
    jmp *var7(%rip)
end 7

// Each tells where it would return to.
.section .far1,"ax",@progbits
far1:
    mov (%rsp), %rax
    lea near1(%rip), %rcx
    sub %rcx, %rax
    ret
.section .far2,"ax",@progbits
far2:
    mov $2, %eax
    ret
.section .far3,"ax",@progbits
far3:
    mov $3, %eax
    ret
.section .var4,"aw",@progbits
var4:
    .long 4
.section .var5,"aw",@progbits
var5:
    .quad tell
.section .var6,"aw",@progbits
var6:
    .long 7
.section .var7,"aw",@progbits
var7:
    .quad far2

.text
tell:
    mov (%rsp), %rax
    lea near5(%rip), %rcx
    sub %rcx, %rax
    ret
.macro show number, argument
    mov $\argument, %edi
    call near\number
    mov %eax, %edx
    mov $\number, %esi
    lea format(%rip), %rdi
    xor %eax, %eax
    call printf@PLT
.endm
.globl main
.type main, @function
main:
    sub $8, %rsp
    show 1, 0
    show 2, 0
    show 3, 0
    show 3, 1
    show 4, 0
    show 5, 0
    show 6, 0
    show 7, 0
    xor %eax, %eax
    add $8, %rsp
    ret
.size main, . - main
.section .rodata
format:
    .asciz "%d: %d\n"
.section .note.GNU-stack,"",@progbits
