# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# A function with the name of the one in libc that holds a WRPKRU.
.globl pkey_set
.type pkey_set, @function
pkey_set:
    wrpkru
    ret
.size pkey_set, . - pkey_set
.section .note.GNU-stack,"",@progbits
