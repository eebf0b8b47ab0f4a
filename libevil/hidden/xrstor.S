// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A3: xrstor of PKRU (state component 9) from an image whose header says that it is in its initial state, 0.
// 
// void evil_open_everything(void): PKRU becomes 0.
    .text
    .globl evil_open_everything
    .type evil_open_everything, @function
evil_open_everything:
    mov $0x200, %eax
    xor %edx, %edx
    xrstor image(%rip)
    ret
    .size evil_open_everything, . - evil_open_everything

    .local image
    .comm image, 4096, 64

    .section .note.GNU-stack, "", @progbits
