// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A line on the terminal about long work. There is one terminal, so there is one state; not thread-safe.

#ifndef MPKGATE_PROGRESS_H
#define MPKGATE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

// Nothing is ever written unless wanted is true and standard error is a terminal.
void progress_begin(bool wanted, size_t total);
// One more is done; path is the one, for the reader's eye.
void progress_step(const char *path);
// Takes the line away, before anything else is written to the terminal.
void progress_clear(void);

#endif
