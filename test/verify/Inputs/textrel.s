# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# An absolute address in code.
.text
.globl client_function
client_function:
    movabsq $.Lhere, %rax
.Lhere:
    ret
.section .note.GNU-stack,"",@progbits
