// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// testing-secrets.S for testing.c.
#ifndef VAULT_TESTING_INTERNAL_H
#define VAULT_TESTING_INTERNAL_H

// Fills every caller-saved register with VAULT_TEST_SECRET and returns. Callee-saved ones are the caller's.
void testing_leave_secrets(void);

#endif
