// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The calls of the other vault, in a translation unit of their own: one that defines gated functions is the
// vault that has them, one that only uses them gets gates.
#ifndef ASK_SIGNER_H
#define ASK_SIGNER_H

#include "signer.h"

#define HIDDEN __attribute__((visibility("hidden")))
HIDDEN struct signer_tag ask_signer_to_assert(uint64_t account, uint64_t counter);
HIDDEN int32_t ask_signer_to_check(uint64_t account, uint64_t counter, uint64_t first, uint64_t second);

#endif
