# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# void testing_leave_secrets(void): VAULT_TEST_SECRET into all that the System V ABI lets a function leave
# behind, so that a test can look what the gate lets through (A42).
        .set    SECRET, 0x5ec2e75ec2e75ec2

        .text
        .globl  testing_leave_secrets
        .hidden testing_leave_secrets
        .type   testing_leave_secrets, @function
        .p2align 4
testing_leave_secrets:
        pushq   %rbx                    # cpuid destroys it

# Which register files the CPU and the kernel have switched on (SDM vol. 1, 13.3 and 14.3): esi = XCR0, 0
# without XSAVE.
        xorl    %esi, %esi
        movl    $1, %eax
        cpuid
        btl     $27, %ecx               # OSXSAVE
        jnc     1f
        xorl    %ecx, %ecx
        xgetbv
        movl    %eax, %esi
1:
        movabsq $SECRET, %r8

# The sticky bits of x87 (a division by zero) and of MXCSR (all).
        fld1
        fldz
        fdivrp
        fstp    %st(0)
        pushq   $0x1fbf
        ldmxcsr (%rsp)
        popq    %rax

# x87 and MMX: eight copies on the register stack, then marked empty as the ABI wants it. The bits stay.
        emms
        movq    %r8, -16(%rsp)
        .rept   8
        fildll  -16(%rsp)
        .endr
        emms

# xmm0-15
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        movq    %r8, %xmm\n
        punpcklqdq %xmm\n, %xmm\n
        .endr

# ymm0-15: XCR0 bits 1 and 2
        movl    %esi, %eax
        andl    $0x06, %eax
        cmpl    $0x06, %eax
        jne     2f
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
        vinsertf128 $1, %xmm\n, %ymm\n, %ymm\n
        .endr

# zmm0-31 and k0-7: XCR0 bits 5 to 7 too
        movl    %esi, %eax
        andl    $0xe6, %eax
        cmpl    $0xe6, %eax
        jne     2f
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        vpbroadcastq %r8, %zmm\n
        .endr
        .irp    n, 0,1,2,3,4,5,6,7
        kmovw   %r8d, %k\n
        .endr
2:
        popq    %rbx
        movq    %r8, -8(%rsp)           # the red zone
        movq    %r8, -64(%rsp)
        movq    %r8, %rax
        movq    %r8, %rcx
        movq    %r8, %rdx
        movq    %r8, %rsi
        movq    %r8, %rdi
        movq    %r8, %r9
        movq    %r8, %r10
        movq    %r8, %r11
        ret
        .size   testing_leave_secrets, . - testing_leave_secrets

        .section .note.GNU-stack, "", @progbits
