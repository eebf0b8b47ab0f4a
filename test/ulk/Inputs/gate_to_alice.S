// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the seal has written for the one function of Alice's that this image imports.
    .text
    .globl gate_to_alice
    .hidden gate_to_alice
gate_to_alice:
    leaq __start_mpkgate_imports(%rip), %rcx
    movslq 4(%rcx), %rax                // struct mpkgate_import, slot
    movq 4(%rcx,%rax), %rax             // struct mpkgate_slot, entry
    ret

    .hidden __start_mpkgate_imports
    .section .note.GNU-stack, "", @progbits
