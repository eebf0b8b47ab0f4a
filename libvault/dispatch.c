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

static int64_t dispatch(enum mpkgate_class class_, const struct mpkgate_export *first,
                        const struct mpkgate_export *end, uint64_t block, uint64_t index) {
    size_t count = (size_t)(end - first);
    if (index >= count) { // A57
        return MPKGATE_NO_FUNCTION;
    }
    index &= vault_mask_below(index, count); // A47: the same bound on a mispredicted path
    if (atomic_load_explicit(&waiting_calls[class_], memory_order_relaxed) >= WAITING_MANY) { // A44
        waiting_look(class_);
    }
    int64_t status = vault_call(&first[index], block);
    if (status > 0) { // the thread that called is no more; another one runs here, and this is its way back
        vault_leave((uint64_t)status);
    }
    return status;
}

int64_t vault_enter_crypto(uint64_t block, uint64_t index) {
    return dispatch(MPKGATE_CLASS_CRYPTO, __start_mpkgate_exports_crypto, __stop_mpkgate_exports_crypto,
                    block, index);
}

int64_t vault_enter_manage(uint64_t block, uint64_t index) {
    return dispatch(MPKGATE_CLASS_MANAGE, __start_mpkgate_exports_manage, __stop_mpkgate_exports_manage,
                    block, index);
}
