// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// System libraries that hold patterns run from a copy without them, so that a program of the distribution
// needs no edited file.
#ifndef MPKGATE_LOADER_REWRITE_H
#define MPKGATE_LOADER_REWRITE_H

#include "process.h"

#include <stdbool.h>
#include <stddef.h>

// How many patterns there are in a system library that the seal does not neutralise.
size_t count_patterns(const struct object *object);

// Puts a sealed copy without patterns in the place of a system library's file, by the cached edits if there
// are any. Returns false, and nothing has changed, if not every pattern can be taken out.
bool rewrite_object(struct object *object);

#endif
