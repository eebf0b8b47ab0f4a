// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bob.h"
#include "calls.h"

uint64_t call_bob_mix(uint64_t value, uint64_t other) {
    return bob_mix(value, other);
}

int64_t call_bob_recurse(uint64_t count) {
    return bob_recurse(count);
}

int64_t call_bob_act(uint64_t act, uint64_t argument) {
    return bob_act(act, argument);
}
