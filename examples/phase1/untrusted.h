// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The untrusted library of phase 1.
#ifndef PHASE1_UNTRUSTED_H
#define PHASE1_UNTRUSTED_H

// Adds one to the byte at `key` if `write` is not 0. Returns the byte.
int untrusted_touches(volatile unsigned char *key, int write);

#endif
