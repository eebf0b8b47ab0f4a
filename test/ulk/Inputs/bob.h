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
    BOB_JUMP_HIGHER,     // with a stack pointer in the stride above
    BOB_JUMP_CLIENT,     // with a stack pointer in the client's memory (bob_set_stack)
    BOB_RETURN_ELSEWHERE // overwrites the return address on his own stack with the address, and returns
};
MPK_GATE("refused(-1)")
int64_t bob_act(uint64_t act, uint64_t argument);
MPK_GATE("")
void bob_set_stack(uint64_t address);

#endif
