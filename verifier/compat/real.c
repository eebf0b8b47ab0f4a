// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See real.h.
#include "real.h"

#include "say.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

static struct real functions;
static atomic_bool is_ready;

static void *find(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        compat_say("libc has no function ", name, NULL);
        _exit(COMPAT_FAILED);
    }
    return function;
}

// Two threads may both do this: they write the same values.
const struct real *real(void) {
    if (!atomic_load_explicit(&is_ready, memory_order_acquire)) {
#define REAL(result, name, parameters) functions.name = (real_##name##_function *)find(#name);
#include "real.def"
#undef REAL
        atomic_store_explicit(&is_ready, true, memory_order_release);
    }
    return &functions;
}
