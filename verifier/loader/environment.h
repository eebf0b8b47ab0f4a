// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The environment that the program is started with.
#ifndef MPKGATE_LOADER_ENVIRONMENT_H
#define MPKGATE_LOADER_ENVIRONMENT_H

#include "process.h"

#include <stdbool.h>

// environment (NULL-terminated) without what ld.so and libc obey before the seal, plus LD_BIND_NOW,
// LD_PRELOAD and the descriptor of the launch plan, and for the compatibility library, which removes them:
// the signals that are ignored and blocked now, and whether to explain denials. The array is the caller's,
// most strings are shared with environment.
char **environment_build(char *const *environment, const struct process *process, int plan,
                         bool explains_denials);

#endif
