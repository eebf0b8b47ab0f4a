// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bob.h"

#include <sys/syscall.h>

#include "calls.h"

#define SECRET UINT64_C(0xb0b5ec2e7b0b5ec2)

static volatile uint64_t secret = SECRET;
#define STRIDE UINT64_C(0x20000) // GATE_STACK_STRIDE; its upper half is the stack
#define LEFT 0x300               // bytes: enough for the call, not for another frame below it

static uint64_t other_stack;
static volatile uint64_t sleeping_stack;

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
    other_stack = address;
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
    case BOB_JUMP_LOWER:
        jump_with_stack(argument, here - STRIDE);
    case BOB_JUMP_STACK:
        jump_with_stack(argument, other_stack);
    case BOB_SLEEP:
        sleeping_stack = here;
        return sleep_for(argument);
    case BOB_LETS_ALICE_WAIT:
        sleeping_stack = here;
        return call_alice_wait(argument);
    case BOB_LOW_STACK:
        return call_on_stack(call_alice_recurse, 2, (here & ~(STRIDE - 1)) + STRIDE / 2 + LEFT);
    case BOB_END_THREAD:
        return system_call(SYS_exit, 0, 0, 0);
    case BOB_RETURN_ELSEWHERE:
        return_elsewhere(argument);
        return 0;
    default:
        return -2;
    }
}

uint64_t bob_landing_address(void) {
    return (uint64_t)(uintptr_t)bob_landing;
}

uint64_t bob_sleeping_stack(void) {
    return sleeping_stack;
}

uint64_t bob_stack_address(void) {
    return (uint64_t)(uintptr_t)__builtin_frame_address(0);
}

#define LANDINGS 256
#define RECORDS 64 // ULK_RECORD_COUNT

int64_t bob_jump(uint64_t rip, uint64_t rax, uint64_t rcx, uint64_t rdx, uint64_t rbx, uint64_t rsp,
                 uint64_t rbp, uint64_t rsi, uint64_t rdi, uint64_t r8, uint64_t r9, uint64_t r10,
                 uint64_t r11, uint64_t r12, uint64_t r13, uint64_t r14) {
    volatile uint64_t words[LANDINGS];
    uint64_t middle = (uint64_t)(uintptr_t)&words[LANDINGS / 2];
    for (int i = 0; i < LANDINGS; i++)
        words[i] = bob_landing_address();
    if (rbp == BOB_BEYOND)
        rbp = middle + RECORDS * STRIDE;
    const uint64_t registers[16] = {
        rip, rax, rcx, rdx, rbx, rsp == 0 ? middle : rsp, rbp == 0 ? middle : rbp, rsi, rdi, r8, r9,
        r10, r11, r12, r13, r14};
    jump_with_registers(registers);
}
