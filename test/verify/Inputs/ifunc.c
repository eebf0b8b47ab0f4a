// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An exported indirect function, whose resolver calls an imported function.
#include <stdlib.h>

static int one(void) {
    return 1;
}

static int two(void) {
    return 2;
}

static int (*choose(void))(void) {
    return getenv("CHOICE") != NULL ? one : two;
}

__attribute__((ifunc("choose"))) int client_choice(void);
