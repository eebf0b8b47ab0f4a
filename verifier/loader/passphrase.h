// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The pass phrases of --key-passphrase NAME=SOURCE.
#ifndef MPKGATE_LOADER_PASSPHRASE_H
#define MPKGATE_LOADER_PASSPHRASE_H

#include "keys.h"

// Gives a key its pass phrase's descriptor, for the seal to read into vault memory. `definition`:
//   NAME=fd:N  descriptor N of mpk-run's, up to its first newline or its end
//   NAME=tty   asked for on the terminal, without echo
// Dies on anything else, an unknown key, or a descriptor or terminal that is not there.
void passphrase_add(struct keys *keys, const char *definition);

#endif
