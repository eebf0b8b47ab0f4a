// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Alice, an honest vault that calls Bob.
#ifndef ALICE_H
#define ALICE_H

#include <mpkgate.h>
#include <stdint.h>

struct alice_pair {
    uint64_t first, second;
};

// 1 * a + 2 * b + ... + 8 * h: six in registers, two on the stack.
MPK_GATE("")
uint64_t alice_weigh(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g,
                     uint64_t h);
// Swapped.
MPK_GATE("class(manage)")
struct alice_pair alice_swap(uint64_t first, uint64_t second);
struct alice_five {
    uint64_t value[5];
};
// value, value + 1, ...
MPK_GATE("")
struct alice_five alice_count_up(uint64_t value);
MPK_GATE("")
double alice_pass(double value, float other);
// What Bob makes of a value and Alice's secret.
MPK_GATE("")
uint64_t alice_ask_bob(uint64_t value);
// Where her secret is.
MPK_GATE("")
uint64_t alice_secret_address(void);
MPK_GATE("")
uint64_t alice_stack_address(void);
MPK_GATE("")
uint64_t alice_secret_is_whole(void);
// Calls bob_recurse(count) if count is not 0. How deep it came, or -1 where a gate refused.
MPK_GATE("refused(-1)")
int64_t alice_recurse(uint64_t count);
// Sleeps for so many milliseconds.
MPK_GATE("refused(-1)")
int64_t alice_wait(uint64_t milliseconds);
// Alice calls bob_act(act, argument).
MPK_GATE("refused(-1)")
int64_t alice_lets_bob_act(uint64_t act, uint64_t argument);

#endif
