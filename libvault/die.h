// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The end of the process when an invariant of the vault is broken. No message: nothing that lies in the vault
// may be part of one, and there is no stdio here.
#ifndef VAULT_DIE_H
#define VAULT_DIE_H

#include <stdbool.h>

// ud2: SIGILL. The seal leaves every disposition at its default and blocks only what can be blocked, so a
// synchronous fault always ends the whole process.
static inline _Noreturn void die(void) {
    __builtin_trap();
}

static inline void die_unless(bool invariant) {
    if (!invariant) {
        die();
    }
}

#endif
