// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The two vaults' calls of each other, in translation units of their own: one that defines gated functions is
// the vault that has them, one that only uses them is a client.
#ifndef CALLS_H
#define CALLS_H

#include <stdint.h>

#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN uint64_t call_bob_mix(uint64_t value, uint64_t other);
HIDDEN int64_t call_bob_recurse(uint64_t count);
HIDDEN int64_t call_bob_act(uint64_t act, uint64_t argument);
HIDDEN int64_t call_alice_recurse(uint64_t count);
HIDDEN int64_t call_alice_wait(uint64_t milliseconds);
// The gate that bob_gate_to_alice() tells.
HIDDEN uint64_t gate_to_alice(void);
// Jumps to the address, %rsp as given; does not come back.
HIDDEN _Noreturn void jump_with_stack(uint64_t address, uint64_t stack);
// Returns to the address instead of to its caller's caller.
HIDDEN void return_elsewhere(uint64_t address);
// Loads rip, rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r14.
HIDDEN _Noreturn void jump_with_registers(const uint64_t registers[16]);
HIDDEN void bob_landing(void);
HIDDEN int64_t call_on_stack(int64_t (*function)(uint64_t), uint64_t argument, uint64_t stack);
HIDDEN int64_t sleep_for(uint64_t milliseconds);
HIDDEN int64_t system_call(uint64_t number, uint64_t a, uint64_t b, uint64_t c);

#endif
