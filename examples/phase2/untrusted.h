// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The untrusted library of phase 2.
#ifndef PHASE2_UNTRUSTED_H
#define PHASE2_UNTRUSTED_H

// Opens everything by an instruction of its own, and by the C library's function; the latter's result.
void untrusted_wrpkru(void);
int untrusted_pkey_set(void);

#endif
