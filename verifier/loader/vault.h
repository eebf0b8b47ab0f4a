// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault image as mpk-run sees it: checked for what the runtime's image loader can do, and its exports
// read.
#ifndef MPKGATE_LOADER_VAULT_H
#define MPKGATE_LOADER_VAULT_H

#include "mpk-elf.h"
#include "mpkgate-abi.h"
#include "vault-abi.h"

#include <stdbool.h>
#include <stdint.h>

struct vault {
    char *name; // how the command line calls it
    char *path; // real path
    int file;
    struct mpk_elf *elf;
    uint64_t header; // vaddr of struct mpkgate_vault
    struct mpk_section exports[MPKGATE_CLASSES];
    size_t export_count[MPKGATE_CLASSES];
    bool is_lean;                                                       // see lean.h
    enum vault_gate { VAULT_DIRECT, VAULT_ULK, VAULT_FOR_VAULTS } gate; // how the client calls it, if at all
};

struct vaults {
    struct vault vault[MPKGATE_VAULTS_MAX];
    uint32_t count;
};

// A function of a vault.
struct vault_function {
    uint32_t vault; // number
    enum mpkgate_class class_;
    uint64_t index;               // into the exports of that class
    struct mpkgate_export export; // its record
};

// Opens and checks the images [NAME=]FILE, none meaning the installed one. Dies on one that is none, on two
// of one name, and on more than there are protection keys for.
void vaults_open(struct vaults *vaults, const char *const *definition, size_t count);

// Applies --gate VAULT=direct, ulk or vaults. Dies on anything else.
void vaults_set_gate(struct vaults *vaults, const char *definition);

// The vault of this name; dies, with `what` to blame, if there is none.
uint32_t vaults_find(const struct vaults *vaults, const char *name, const char *what);

// Finds the function with this name. False if no vault exports it. Dies if two do.
bool vaults_find_function(const struct vaults *vaults, const char *name, struct vault_function *function);

#endif
