// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Force-included before the vault's sources: client memory ends lower than the kernel's own limit, so that
// memory on both sides of the end can be mapped.
#ifndef TEST_VAULT_LOWER_END_H
#define TEST_VAULT_LOWER_END_H

#include <mpkgate-abi.h>

#undef MPKGATE_CLIENT_END
#define MPKGATE_CLIENT_END (UINT64_C(1) << 45)

#endif
