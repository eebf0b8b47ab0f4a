// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Apart from calls_alice.c, whose import record has to be the image's first (gate_to_alice.S).
#include "alice.h"
#include "calls.h"

int64_t call_alice_wait(uint64_t milliseconds) {
    return alice_wait(milliseconds);
}
