// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A vault that signs, for other vaults.
#ifndef SIGNER_H
#define SIGNER_H

#include <mpkgate.h>
#include <stdint.h>

struct signer_tag {
    uint64_t first, second; // both 0: none
};

// HMAC-SHA-256 over account and counter under the key "signing", its first 16 bytes.
MPK_GATE("")
struct signer_tag signer_assert(uint64_t account, uint64_t counter);
// 1 if that is the tag, else 0.
MPK_GATE("")
int32_t signer_check(uint64_t account, uint64_t counter, uint64_t first, uint64_t second);

#endif
