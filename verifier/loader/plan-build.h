// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes the launch plan (verifier/runtime/plan.h).
#ifndef MPKGATE_LOADER_PLAN_BUILD_H
#define MPKGATE_LOADER_PLAN_BUILD_H

#include "filter.h"
#include "keeper.h"
#include "keys.h"
#include "plan.h"
#include "process.h"
#include "store-key.h"
#include "vault.h"

struct imports {
    struct mpkgate_plan_import *import;
    size_t count;
};

struct plan_parts {
    const struct process *process;
    const struct vaults *vaults;
    const struct imports *imports;
    const struct keys *keys;
    struct filter filter;
    int landlock;                // descriptor or -1
    const struct keeper *keeper; // NULL: no store
    const struct store_key *store_key;
    uint64_t vault_heap; // bytes for each vault, a multiple of 4096
    uint32_t boot_flags; // enum mpkgate_boot_flag, or-ed
    bool simulate;       // see plan.h
};

// Resolves the gate imports of main and all client objects against the vaults' exports. Dies on an unknown
// function, a wrong signature, and a malformed record (A56).
void imports_resolve(struct imports *imports, const struct process *process, const struct vaults *vaults);

// The K memory that this vault gets for its keys: bytes, a multiple of 4096.
uint64_t plan_key_memory(const struct keys *keys, uint32_t vault);

// Writes the plan into a memfd that survives exec. Returns its descriptor. Dies on failure.
int plan_write(const struct plan_parts *parts);

#endif
