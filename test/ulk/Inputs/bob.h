// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Bob, a vault that does what it is told, against whomever.
#ifndef BOB_H
#define BOB_H

#include <mpkgate.h>
#include <stdint.h>

MPK_GATE("")
uint64_t bob_mix(uint64_t value, uint64_t other);
// Calls alice_recurse(count - 1).
MPK_GATE("refused(-1)")
int64_t bob_recurse(uint64_t count);
MPK_GATE("class(manage) refused(-1)")
int64_t bob_manage(uint64_t value);
// Where a secret of Bob's is, and the gate by which he calls Alice.
MPK_GATE("")
uint64_t bob_secret_address(void);
MPK_GATE("")
uint64_t bob_gate_to_alice(void);

enum bob_act {
    BOB_READ,            // the eight bytes at the address
    BOB_WRITE,           // there
    BOB_ASK_KERNEL,      // write(2) of eight bytes there, to descriptor 2: -errno, or how many
    BOB_JUMP,            // to the address, on his own stack
    BOB_JUMP_LOWER,      // with a stack pointer in the stride below: another record\'s, or the direct gate\'s
    BOB_JUMP_STACK,      // with the stack pointer that bob_set_stack() was told
    BOB_SLEEP,           // so many milliseconds
    BOB_LETS_ALICE_WAIT, // likewise, in a call of Alice\'s
    BOB_END_THREAD,      // exit(2)
    BOB_LOW_STACK,       // calls alice_recurse(2) near the end of his stack
    BOB_RETURN_ELSEWHERE // overwrites the return address on his own stack with the address, and returns
};
MPK_GATE("refused(-1)")
int64_t bob_act(uint64_t act, uint64_t argument);
MPK_GATE("")
void bob_set_stack(uint64_t address);

// Loads the registers and jumps to `rip`. An rbp of BOB_BEYOND: beyond all of his stacks, where the record's
// number, cut to its width, is this call's. A stack pointer of 0: the middle of words on his own stack that
// all hold bob_landing_address(), where int3 stands.
#define BOB_BEYOND UINT64_MAX
MPK_GATE("refused(-1)")
int64_t bob_jump(uint64_t rip, uint64_t rax, uint64_t rcx, uint64_t rdx, uint64_t rbx, uint64_t rsp,
                 uint64_t rbp, uint64_t rsi, uint64_t rdi, uint64_t r8, uint64_t r9, uint64_t r10,
                 uint64_t r11, uint64_t r12, uint64_t r13, uint64_t r14);
MPK_GATE("")
uint64_t bob_landing_address(void);
MPK_GATE("")
uint64_t bob_stack_address(void);
// The stack on which the last BOB_SLEEP or BOB_LETS_ALICE_WAIT was called.
MPK_GATE("")
uint64_t bob_sleeping_stack(void);

#endif
