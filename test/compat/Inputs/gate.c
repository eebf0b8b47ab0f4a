// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gate that makes a program a protected one. Nobody calls it.
#include <vault.h>

int32_t call_the_vault(unsigned char *byte);

int32_t call_the_vault(unsigned char *byte) {
    return vault_generate_random(byte, 1);
}
