// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mpk-run --doctor: what this machine offers, and what follows.
#ifndef MPKGATE_LOADER_DOCTOR_H
#define MPKGATE_LOADER_DOCTOR_H

#include <stdbool.h>

// Prints one screen on stdout: at most 24 lines of 80 columns. Allocates and frees protection keys, and
// changes nothing else. Returns whether a program can be sealed here; with accept_meltdown also on a CPU with
// Meltdown.
bool doctor(bool accept_meltdown);

#endif
