// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Mbed TLS' wiping is the vault's.
#include <mbedtls/platform_util.h>

#include "machine.h"

void mbedtls_platform_zeroize(void *buf, size_t len) {
    vault_wipe(buf, len);
}
