// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Colours for the terminal, as clang has them.

#ifndef MPKGATE_COLOUR_H
#define MPKGATE_COLOUR_H

#include <stdbool.h>
#include <stdio.h>

#include "options.h"

#define COLOUR_BOLD "\033[1m"
#define COLOUR_RED "\033[1;31m"
#define COLOUR_GREEN "\033[1;32m"
#define COLOUR_MAGENTA "\033[1;35m"
#define COLOUR_OFF "\033[0m"

// Whether out is to be coloured. Automatically: if it is a terminal, TERM is not "dumb", and the environment
// variable NO_COLOR is not set or empty (no-color.org).
bool colour_wanted(enum colour_choice choice, FILE *out);

// Writes a finding as mpk_report_text has formatted it, with colours. path_length is that of the path that it
// begins with, in bytes.
void colour_finding(FILE *out, const char *text, size_t path_length);

#endif
