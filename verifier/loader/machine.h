// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether this machine and this process can keep the promises.
#ifndef MPKGATE_LOADER_MACHINE_H
#define MPKGATE_LOADER_MACHINE_H

#include <stdbool.h>

// Dies with the reason if the CPU, the kernel or a limit of the process makes protection impossible: no
// protection keys, no FSGSBASE, Meltdown (A45), RLIMIT_AS, a tracer (A12). Warns of what only weakens it.
// needs_keys: false where protection keys are only simulated (test build); needs_fsgsbase: for the full gate.
void machine_check(bool needs_keys, bool needs_fsgsbase);

#endif
