// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "policy.h"

#include <vault-abi.h>

static uint32_t policy;

void policy_init(uint32_t flags) {
    policy = flags;
}

bool policy_allows_export(void) {
    return (policy & MPKGATE_BOOT_ALLOW_EXPORT) != 0;
}
