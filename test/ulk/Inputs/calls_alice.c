// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "alice.h"
#include "calls.h"

int64_t call_alice_recurse(uint64_t count) {
    return alice_recurse(count);
}
