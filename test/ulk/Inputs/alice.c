// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "alice.h"

#include "calls.h"

#define SECRET UINT64_C(0xa11ce5ec2e7a11ce)

static volatile uint64_t secret = SECRET;

uint64_t alice_weigh(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g,
                     uint64_t h) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

struct alice_pair alice_swap(uint64_t first, uint64_t second) {
    return (struct alice_pair){second, first};
}

struct alice_five alice_count_up(uint64_t value) {
    return (struct alice_five){{value, value + 1, value + 2, value + 3, value + 4}};
}

double alice_pass(double value, float other) {
    (void)other;
    return value;
}

uint64_t alice_ask_bob(uint64_t value) {
    return call_bob_mix(value, secret & 0xff);
}

uint64_t alice_secret_address(void) {
    return (uint64_t)(uintptr_t)&secret;
}

uint64_t alice_stack_address(void) {
    return (uint64_t)(uintptr_t)__builtin_frame_address(0);
}

uint64_t alice_secret_is_whole(void) {
    return secret == SECRET;
}

int64_t alice_recurse(uint64_t count) {
    int64_t deeper = count == 0 ? 0 : call_bob_recurse(count);
    return deeper < 0 ? deeper : deeper + 1;
}

int64_t alice_wait(uint64_t milliseconds) {
    return sleep_for(milliseconds);
}

int64_t alice_lets_bob_act(uint64_t act, uint64_t argument) {
    return call_bob_act(act, argument);
}
