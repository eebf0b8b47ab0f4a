// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gate area, for C and for gates.S: what lies where, in bytes from its start. The code reaches its data
// relative to %rip, so the area works at any address.
//
//     0x0000  gate code          R-X  pkey 0   a copy of mpkgate_gates_begin..end, opcodes patched
//     0x1000  struct gate_fixed  RW-  pkey V   what the code needs to know; never written after the vault's
//     start 0x2000  slots              RW-  pkey V   who uses which vault stack
#ifndef MPKGATE_GATE_LAYOUT_H
#define MPKGATE_GATE_LAYOUT_H

#define GATE_FIXED 0x1000
#define GATE_SLOTS 0x2000
#define GATE_SLOT_COUNT 64
#define GATE_SLOT_STRIDE                                                                                     \
    256 // one slot each 256 bytes: neighbours share no cache line nor its prefetched pair
#define GATE_SWITCH_COUNT 3
#define GATE_AREA_SIZE (GATE_SLOTS + GATE_SLOT_COUNT * GATE_SLOT_STRIDE)

// Each vault stack is the upper half of a part of its own, aligned to its size; the lower half is a guard. So
// the top of the stack, and with it the frame and the slot, follow from %rsp.
#define GATE_STACK_STRIDE 0x20000
#define GATE_STACK_SIZE 0x10000

// Offsets in struct gate_fixed.
#define GATE_FIXED_ENTER_CRYPTO 0
#define GATE_FIXED_ENTER_MANAGE 8
#define GATE_FIXED_FS_BASE 16
#define GATE_FIXED_FEATURES 24
#define GATE_FIXED_MXCSR 28
#define GATE_FIXED_ZERO 32
#define GATE_FIXED_START 40

#define GATE_FEATURE_AVX 1
#define GATE_FEATURE_AVX512 2

// Offsets in struct gate_slot.
#define GATE_SLOT_STATE 0
#define GATE_SLOT_CLASS 4
#define GATE_SLOT_STACK 8
#define GATE_SLOT_RESUME 16
#define GATE_SLOT_TOKEN 24

// Values of `state`; any other is the token of a call that waits for the client (mpkgate_suspend).
#define GATE_SLOT_FREE 0
#define GATE_SLOT_RUNNING 1
#define GATE_TOKEN_FIRST 2

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct gate_fixed {
    uint64_t enter[2]; // address of the vault's function for each class
    uint64_t fs_base;  // of the vault's thread block (A33)
    uint32_t features; // GATE_FEATURE_*: what there is to scrub (A42)
    uint32_t mxcsr;    // the SSE control word the vault runs with (A41)
    uint32_t zero;     // what the x87 registers are left with (A42)
    uint32_t padding;
    uint64_t start; // what the vault is started with (keys.c); 0 afterwards
};

struct gate_slot {
    uint32_t state;  // taken and released by the gate alone
    uint32_t class_; // enum mpkgate_class of the entry that took it
    uint64_t stack;  // one past the highest byte of the slot's stack
    uint64_t resume; // stack pointer of a call that waits for the client; there lie r15 r14 r13 r12 rbx rbp
                     // and the address at which mpkgate_gate_suspend returns
    uint32_t token;  // the last one given; each is good for one return
    uint32_t thread; // whose call it is that waits; the vault's (waiting.c), not the gate's
    uint8_t padding[GATE_SLOT_STRIDE - 32];
};

_Static_assert(offsetof(struct gate_fixed, enter) == GATE_FIXED_ENTER_CRYPTO, "gates.S");
_Static_assert(offsetof(struct gate_fixed, enter[1]) == GATE_FIXED_ENTER_MANAGE, "gates.S");
_Static_assert(offsetof(struct gate_fixed, fs_base) == GATE_FIXED_FS_BASE, "gates.S");
_Static_assert(offsetof(struct gate_fixed, features) == GATE_FIXED_FEATURES, "gates.S");
_Static_assert(offsetof(struct gate_fixed, mxcsr) == GATE_FIXED_MXCSR, "gates.S");
_Static_assert(offsetof(struct gate_fixed, zero) == GATE_FIXED_ZERO, "gates.S");
_Static_assert(offsetof(struct gate_slot, state) == GATE_SLOT_STATE, "gates.S");
_Static_assert(offsetof(struct gate_slot, class_) == GATE_SLOT_CLASS, "gates.S");
_Static_assert(offsetof(struct gate_slot, resume) == GATE_SLOT_RESUME, "gates.S");
_Static_assert(offsetof(struct gate_slot, token) == GATE_SLOT_TOKEN, "gates.S");
_Static_assert(offsetof(struct gate_slot, stack) == GATE_SLOT_STACK, "gates.S");
_Static_assert(sizeof(struct gate_slot) == GATE_SLOT_STRIDE, "gates.S");

// One gate's code, as data of this library, with rdpkru where wrpkru will stand. All others are places in
// [begin, end).
struct gate_code {
    const unsigned char *begin, *end;
    const unsigned char *gate[2]; // the entries, by enum mpkgate_class
    const unsigned char *suspend; // see gates.S
    const unsigned char
        *wrpkru[GATE_SWITCH_COUNT]; // the switches: two that open, by class, and the one that closes
    const unsigned char *xabort[2]; // three bytes each, by class
    // By class: `movl $PKRU, %eax` in front of the switch and `cmpl $PKRU, %eax` behind it, one byte and the
    // immediate each. As they stand, the rights are the first vault's.
    const unsigned char *open[2], *check[2];
};
// Indexed by enum mpkgate_gate of the launch plan.
extern const struct gate_code mpkgate_gate_codes[];
#endif

#endif
