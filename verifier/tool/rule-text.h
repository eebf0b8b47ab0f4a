// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a rule means, for --explain.

#ifndef MPKGATE_RULE_TEXT_H
#define MPKGATE_RULE_TEXT_H

#include <stdbool.h>
#include <stdio.h>

// Writes what is to be said of a rule ("MPK001", in any case), or of every rule ("all"). Returns false if
// there is no such rule.
bool rule_text(FILE *out, const char *name, bool colour);

#endif
