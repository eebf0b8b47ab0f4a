// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mpk-run --wait: the parent that stays.
#ifndef MPKGATE_LOADER_WAIT_H
#define MPKGATE_LOADER_WAIT_H

#include "keeper.h"

// Forks. Returns in the child, with the signal mask as it was. The parent starts the keeper (unless NULL),
// passes signals on, waits, names the signal that ended the child on stderr, and exits with the child's
// status or 128 plus the signal's number.
void wait_for_child(struct keeper *keeper);

#endif
