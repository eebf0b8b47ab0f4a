// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// leak_call: calls a gate with a canary in every register, and keeps what every register holds afterwards.
#ifndef LEAK_REGISTERS_H
#define LEAK_REGISTERS_H

#define LEAK_CANARY 0x1d1d1d1d1d1d1d1d
#define LEAK_MXCSR 0x1f90       // exceptions masked, one sticky bit
#define LEAK_X87_CONTROL 0x027f // exceptions masked, double precision

#define LEAK_FLAGS 128
#define LEAK_MXCSR_AT 136
#define LEAK_X87_AT 140
#define LEAK_IMAGE 192
#define LEAK_IMAGE_SIZE 16384

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct leak_state {
    uint64_t general[16]; // in the order of their numbers
    uint64_t flags;
    uint32_t mxcsr;
    uint16_t x87_control;
    uint16_t x87_status;
    uint8_t padding[LEAK_IMAGE - 144];
    uint8_t image[LEAK_IMAGE_SIZE]; // XSAVE, standard format
} __attribute__((aligned(64)));

_Static_assert(offsetof(struct leak_state, flags) == LEAK_FLAGS, "registers.S");
_Static_assert(offsetof(struct leak_state, mxcsr) == LEAK_MXCSR_AT, "registers.S");
_Static_assert(offsetof(struct leak_state, x87_control) == LEAK_X87_AT, "registers.S");
_Static_assert(offsetof(struct leak_state, image) == LEAK_IMAGE, "registers.S");

// entry  the gate (or any function), called with `block` and `index`
// mask   the state components that are stored
void leak_call(uint64_t entry, uint64_t index, void *block, struct leak_state *after, uint64_t mask);
#endif

#endif
