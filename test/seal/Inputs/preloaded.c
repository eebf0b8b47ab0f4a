// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Says so if it ever runs in a gated program. Other programs (unshare, mount, mpk-run) may load it, too.
#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void run(void) {
    if (getenv("MPKGATE_PLAN") != NULL)
        puts("vault: the preloaded library ran before the seal");
}
