// Constants in the vault are blinded as well: its image is scanned like any other.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// RUN: %mpkcc -O2 -c %s -o %t
// RUN: python3 %inputs/spells.py no %t
#include "mpkgate.h"
#include <stddef.h>
#include <stdint.h>

MPK_GATE("") unsigned sign(void);
unsigned sign(void) {
    return 0x00ef010f;
}
