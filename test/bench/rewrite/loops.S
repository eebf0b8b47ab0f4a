// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each instruction lies, or what it names does, where the linker is told to put it (run.py), so that the distance is a
// pattern. EDI is the count of rounds.

.macro begin name, section
.section .\section,"ax",@progbits
.globl \name
.type \name, @function
\name:
    .cfi_startproc
.endm
.macro end name
    ret
    .cfi_endproc
.size \name, . - \name
.endm

begin loop_reencoded, text
    mov %edi, %ecx
    xor %eax, %eax
    xor %r9d, %r9d
1:  lea (%rdi,%rcx), %r9d   // 44 8d 0c 0f
    add %ebp, %edi          // 01 ef
    dec %ecx
    jne 1b
    mov %r9d, %eax
    sub %r9d, %eax          // EBP is the caller's
end loop_reencoded

begin loop_thunk, near1
1:  call target1            // e8 0f 01 ef 00
    dec %edi
    jne 1b
    mov %ecx, %eax
end loop_thunk
begin target1, far1
    mov %edi, %ecx
end target1

begin loop_moved, near4
1:  mov number4(%rip), %eax // 8b 05 0f ae 28 00
    dec %edi
    jne 1b
end loop_moved
.section .var4,"aw",@progbits
number4:
    .long 4

begin loop_split, text
    xor %eax, %eax
1:  xor $0x28ae0f11, %eax   // 35 11 0f ae 28
    dec %edi
    jne 1b
end loop_split

.section .note.GNU-stack,"",@progbits
