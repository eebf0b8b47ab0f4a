// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ask_signer.h"

struct signer_tag ask_signer_to_assert(uint64_t account, uint64_t counter) {
    return signer_assert(account, counter);
}

int32_t ask_signer_to_check(uint64_t account, uint64_t counter, uint64_t first, uint64_t second) {
    return signer_check(account, counter, first, second);
}
