// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zeroing that is not optimised away. Alone in its file on purpose, see machine.h.
#include "machine.h"

#include <string.h>

void vault_wipe(void *memory, size_t size) {
    memset(memory, 0, size);
    // For the compiler, somebody reads the zeros.
    __asm__ volatile("" : : "r"(memory) : "memory");
}
