// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bob.h"

#include <sys/syscall.h>

#include "calls.h"

#define SECRET UINT64_C(0xb0b5ec2e7b0b5ec2)
#define STRIDE UINT64_C(0x20000) // GATE_STACK_STRIDE

static volatile uint64_t secret = SECRET;
static uint64_t client_stack;

uint64_t bob_mix(uint64_t value, uint64_t other) {
    return value ^ other << 8;
}

int64_t bob_recurse(uint64_t count) {
    int64_t deeper = call_alice_recurse(count - 1);
    return deeper < 0 ? deeper : deeper + 1;
}

int64_t bob_manage(uint64_t value) {
    return (int64_t)value + 1;
}

uint64_t bob_secret_address(void) {
    return (uint64_t)(uintptr_t)&secret;
}

uint64_t bob_gate_to_alice(void) {
    return gate_to_alice();
}

void bob_set_stack(uint64_t address) {
    client_stack = address;
}

int64_t bob_act(uint64_t act, uint64_t argument) {
    volatile uint64_t *place = (volatile uint64_t *)(uintptr_t)argument;
    uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0) & ~UINT64_C(15);
    switch (act) {
    case BOB_READ:
        return (int64_t)*place;
    case BOB_WRITE:
        *place = 0;
        return 0;
    case BOB_ASK_KERNEL:
        return system_call(SYS_write, 2, argument, sizeof(*place));
    case BOB_JUMP:
        jump_with_stack(argument, here);
    case BOB_JUMP_HIGHER:
        jump_with_stack(argument, here + STRIDE);
    case BOB_JUMP_CLIENT:
        jump_with_stack(argument, client_stack);
    case BOB_RETURN_ELSEWHERE:
        return_elsewhere(argument);
        return 0;
    default:
        return -2;
    }
}
