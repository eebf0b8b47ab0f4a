// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// vault.h alone, as C++17.
#include <vault.h>

#include <vault-testing.h>
#include <vault-unprotected.h>

static_assert(sizeof(vault_key_attributes) == 24, "as in C");
