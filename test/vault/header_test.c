// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// vault.h goes with Mbed TLS' headers. Compiled, not run: without a warning, as C17.
#include <psa/crypto.h>
#include <vault.h>

#include <vault-testing.h>
#include <vault-unprotected.h>

_Static_assert(VAULT_ALG_GCM == PSA_ALG_GCM, "both are usable at once");
typedef int header_test_is_not_empty;
