// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files of the distribution that hold patterns run from a copy without them, so that an ordinary program
// needs no edited file.
#ifndef MPKGATE_LOADER_REWRITE_H
#define MPKGATE_LOADER_REWRITE_H

#include "process.h"

#include <stdbool.h>
#include <stddef.h>

// Whether the object is a system library, or a program that only root can change in a folder for programs.
// Others are their author's to rewrite: what they hold may be meant, and the rewriter's readers are not made
// for hostile files.
bool may_be_rewritten(const struct object *object);

// Puts a sealed copy without patterns in the place of such an object, by the cached edits if there are any.
// Returns false, and nothing has changed, if not every pattern can be taken out.
bool rewrite_object(struct object *object);

#endif
