// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the key lies: asked of the vault's test functions, which the protected program reaches through a
// gate.
#ifndef EVIL_TARGET_H
#define EVIL_TARGET_H

#include "evil.h"

// Fills `target` for the key called `name`. With `plain_pkey` the key is put behind a protection key first
// (unprotected programs only). Returns 0, or -1 with a message on stderr.
int target_find(struct evil_target *target, const char *name, int plain_pkey);

#endif
