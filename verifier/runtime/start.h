// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef MPKGATE_RUNTIME_START_H
#define MPKGATE_RUNTIME_START_H

#include <stdint.h>

// Seals the process and closes PKRU. environment: the process's, NULL-terminated, changed in place.
// auxiliary: the auxiliary vector. Returns only if everything succeeded; otherwise the process has ended with
// a message.
void seal_process(char **environment, const uint64_t *auxiliary);

#endif
