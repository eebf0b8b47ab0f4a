// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A seal and a gate for tests of the pass alone: client and vault are linked into one ordinary program, and
// the gate copies by the vault's tables as the real one does.
#ifndef LOOPBACK_H
#define LOOPBACK_H

// Fills every slot from the export of the same name and signature; exits with a message if there is none.
void loopback_seal(void);

// What the gate returns from now on without calling; 0: it calls.
void loopback_refuse(int refusal);

// How many calls came through the gates of class crypto and manage.
extern int loopback_calls[2];

#endif
