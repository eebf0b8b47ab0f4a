// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mpk-run --explain-denials: one line on standard error for each refused call of a libc function, with the
// rule that refused it and the option that helps. Silent without the option.
#ifndef MPKGATE_COMPAT_EXPLAIN_H
#define MPKGATE_COMPAT_EXPLAIN_H

#include <stdbool.h>

// Instead of a rule's number: what refuses is the Landlock rule set.
enum { RULE_LANDLOCK = -1 };

// Help that several calls have in common.
#define HELP_PRELOAD "--preload FILE loads a library before the seal"
#define HELP_FORK "--allow-fork allows new processes"
#define HELP_EXEC "no option helps: nothing else may run in a sealed process; start it from outside"
#define HELP_IDENTITY "no option helps: change user and groups before mpk-run starts the program"
#define HELP_NONE "no option helps: the seal never allows it"

// Reads and removes what mpk-run left in the environment.
void explain_start(void);

bool explains(void);

// Says it, once for each function and argument. argument: NULL, or a string of the caller's. rule: a number
// of loader/filter-table.def, or RULE_LANDLOCK. Thread-safe; keeps errno.
void explain(const char *function, const char *argument, int rule, const char *help);

#endif
