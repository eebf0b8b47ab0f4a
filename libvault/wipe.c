// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zeroing that is not optimised away. Alone in its file on purpose, see machine.h.
#include "machine.h"

void vault_wipe(void *memory, size_t size) {
    volatile unsigned char *byte = memory;
    size_t done = 0;
    if (((uintptr_t)memory & 7) == 0) {
        volatile uint64_t *word = memory;
        for (; size - done >= 8; done += 8) {
            *word++ = 0;
        }
    }
    for (; done < size; done++) {
        byte[done] = 0;
    }
}
