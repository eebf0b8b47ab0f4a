// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From a class's gate to a function of that class, and of no other (A57). Trusted core. May assume nothing
// about `block` and `index`.
#include "dispatch.h"

#include <mpkgate-abi.h>
#include <stddef.h>

#include "copy.h"
#include "machine.h"
#include "waiting.h"

// The two tables, gathered by the linker from what the pass wrote for each gated function.
#define HIDDEN __attribute__((visibility("hidden")))
extern const struct mpkgate_export __start_mpkgate_exports_crypto[] HIDDEN;
extern const struct mpkgate_export __stop_mpkgate_exports_crypto[] HIDDEN;
extern const struct mpkgate_export __start_mpkgate_exports_manage[] HIDDEN;
extern const struct mpkgate_export __stop_mpkgate_exports_manage[] HIDDEN;

// The record of the `index`-th function, or NULL.
static const struct mpkgate_export *find(const struct mpkgate_export *first, const struct mpkgate_export *end,
                                         uint64_t index) {
    size_t count = (size_t)(end - first);
    if (index >= count) { // A57
        return NULL;
    }
    return &first[index & vault_mask_below(index, count)]; // A47: the same bound on a mispredicted path
}

static int64_t enter(enum mpkgate_class class_, const struct mpkgate_export *record, uint64_t block) {
    if (record == NULL) {
        return MPKGATE_NO_FUNCTION;
    }
    if (atomic_load_explicit(&waiting_calls[class_], memory_order_relaxed) >= WAITING_MANY) { // A44
        waiting_look(class_);
    }
    int64_t status = vault_call(record, block);
    if (status > 0) { // the thread that called is no more; another one runs here, and this is its way back
        vault_leave((uint64_t)status);
    }
    return status;
}

static int64_t serve(const struct mpkgate_export *record, void *block) {
    return record == NULL ? MPKGATE_NO_FUNCTION : vault_serve(record, block);
}

#define FIND(class_, index) find(__start_mpkgate_exports_##class_, __stop_mpkgate_exports_##class_, index)

int64_t vault_enter_crypto(uint64_t block, uint64_t index) {
    return enter(MPKGATE_CLASS_CRYPTO, FIND(crypto, index), block);
}

int64_t vault_enter_manage(uint64_t block, uint64_t index) {
    return enter(MPKGATE_CLASS_MANAGE, FIND(manage, index), block);
}

int64_t vault_serve_crypto(void *block, uint64_t index) {
    return serve(FIND(crypto, index), block);
}

int64_t vault_serve_manage(void *block, uint64_t index) {
    return serve(FIND(manage, index), block);
}
