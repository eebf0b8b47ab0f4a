// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault image as mpk-run sees it: checked for what the runtime's image loader can do, and its exports
// read.
#ifndef MPKGATE_LOADER_VAULT_H
#define MPKGATE_LOADER_VAULT_H

#include "mpk-elf.h"
#include "mpkgate-abi.h"

#include <stdbool.h>
#include <stdint.h>

struct vault {
    char *path; // real path
    int file;
    struct mpk_elf *elf;
    uint64_t header; // vaddr of struct mpkgate_vault
    struct mpk_section exports[MPKGATE_CLASSES];
    size_t export_count[MPKGATE_CLASSES];
    bool is_lean; // see lean.h
};

// Opens and checks the image. Dies if it is not one.
void vault_open(struct vault *vault, const char *path);

// Finds the export with this name. *signature gets its signature. False if there is none.
bool vault_find(const struct vault *vault, const char *name, enum mpkgate_class *class, uint64_t *index,
                uint64_t *signature);

#endif
