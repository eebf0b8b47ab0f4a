// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Known answers, computed at every start.
#ifndef VAULT_SELFTEST_H
#define VAULT_SELFTEST_H

#include <stdbool.h>

// After psa_crypto_init(). false: this vault must not be used.
bool selftest(void);

#endif
