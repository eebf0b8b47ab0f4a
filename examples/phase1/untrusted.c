// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See untrusted.h.
#include "untrusted.h"

int untrusted_touches(volatile unsigned char *key, int write) {
    if (write)
        key[0]++;
    return key[0];
}
