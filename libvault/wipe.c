// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Zeroing that is not optimised away. Alone in its file on purpose, see machine.h.
#include "machine.h"

// Mbed TLS wipes after each block of a hash: 16 bytes at a time count. Any alignment.
typedef uint64_t piece __attribute__((vector_size(16), aligned(1), may_alias));

void vault_wipe(void *memory, size_t size) {
    volatile unsigned char *byte = memory;
    size_t done = 0;
    for (; size - done >= sizeof(piece); done += sizeof(piece)) {
        *(volatile piece *)(byte + done) = (piece){0, 0};
    }
    for (; done < size; done++) {
        byte[done] = 0;
    }
}
